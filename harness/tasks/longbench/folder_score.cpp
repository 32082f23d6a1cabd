#include "harness/tasks/longbench/folder_score.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "harness/tasks/longbench/edition_sign.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

using Files = std::map<const LongBenchTask*, std::filesystem::path>;

const LongBenchTask& task_of(const std::filesystem::path& file, LongBenchEdition edition) {
  std::string name = file.stem().string();
  if (name.ends_with("_e")) name.resize(name.size() - 2);
  try {
    return find_longbench_task(name, edition);
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}: {}", file.string(), error.what()));
  }
}

Files find_files(const std::filesystem::path& folder, LongBenchEdition edition) {
  if (!std::filesystem::is_directory(folder)) {
    throw InputError(fmt::format("{}: expected a folder of prediction files like qasper.jsonl",
                                 folder.string()));
  }
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".jsonl") found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());  // so that errors do not depend on the file system
  Files files;
  for (const std::filesystem::path& file : found) {
    const LongBenchTask& task = task_of(file, edition);
    const auto [other, fresh] = files.emplace(&task, file);
    if (fresh) continue;
    throw InputError(fmt::format("{}: the predictions of {} are in {} already", file.string(),
                                 task.name, other->second.filename().string()));
  }
  if (files.empty()) {
    throw InputError(fmt::format("{}: holds no prediction files; expected names like qasper.jsonl",
                                 folder.string()));
  }
  return files;
}

// The mean of every figure; NaN where one of them is.
std::vector<double> mean_figures(const std::vector<std::vector<double>>& all) {
  std::vector<double> mean(all.at(0).size(), 0.0);
  for (const std::vector<double>& figures : all) {
    for (size_t i = 0; i < mean.size(); ++i) mean[i] += figures[i];
  }
  for (double& value : mean) value /= static_cast<double>(all.size());
  return mean;
}

void average(LongBenchScore& score) {
  std::vector<std::vector<double>> of_tasks, of_categories;
  for (const LongBenchTaskScore& task : score.tasks) of_tasks.push_back(task.figures);
  for (const std::string_view category : longbench_categories()) {
    std::vector<std::vector<double>> in_category;
    for (const LongBenchTaskScore& task : score.tasks) {
      if (task.task->category == category) in_category.push_back(task.figures);
    }
    if (in_category.empty()) continue;
    of_categories.push_back(mean_figures(in_category));
    score.categories.push_back({category, of_categories.back()});
  }
  score.mean_of_categories = mean_figures(of_categories);
  score.mean_of_tasks = mean_figures(of_tasks);
}

}  // namespace

bool LongBenchScore::incomplete() const {
  return std::any_of(tasks.begin(), tasks.end(),
                     [](const LongBenchTaskScore& task) { return !task.problems.empty(); });
}

std::vector<std::string> LongBenchScore::warnings() const {
  std::vector<std::string> lines;
  for (const LongBenchTaskScore& task : tasks) {
    for (const std::string& problem : task.problems) {
      lines.push_back(fmt::format("{} INCOMPLETE: {}", task.task->name, problem));
    }
  }
  if (!sign_of_e.empty()) {
    lines.push_back(
        fmt::format("{}; --benchmark longbench-e scores such predictions by length", sign_of_e));
  }
  if (missing.empty()) return lines;
  std::vector<std::string_view> names;
  for (const LongBenchTask* task : missing) names.push_back(task->name);
  lines.push_back(fmt::format("averages over {} of {} tasks; there are no predictions of {}",
                              tasks.size(), tasks.size() + missing.size(), fmt::join(names, ", ")));
  return lines;
}

LongBenchScore score_folder(const std::filesystem::path& folder, LongBenchEdition edition,
                            CodeRatio ratio, const ExpectedCounts& expected) {
  const Files files = find_files(folder, edition);
  LongBenchScore score{edition, ratio, {}, {}, {}, {}, {}, {}};
  for (const LongBenchTask* task : longbench_tasks(edition)) {
    const auto file = files.find(task);
    if (file != files.end()) {
      const PredictionFile predictions = read_predictions(file->second, *task, edition);
      if (edition == LongBenchEdition::kV1 && score.sign_of_e.empty()) {
        score.sign_of_e = sign_of_edition_e(file->second, *task, predictions);
      }
      score.tasks.push_back(score_task(*task, edition, ratio, predictions, expected.of(*task)));
    } else if (expected.of(*task) > 0) {
      score.missing.push_back(task);
    }
  }
  average(score);
  return score;
}

}  // namespace skipbench
