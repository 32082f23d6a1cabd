#include "harness/tasks/longbench/print_scores.h"

#include <fmt/format.h>

#include <cmath>

#include "harness/base/write_file.h"
#include "harness/tasks/longbench/python_numbers.h"

namespace skipbench {
namespace {

constexpr int kNameWidth = 24, kMetricWidth = 14, kFigureWidth = 8;

std::string ratio_name(CodeRatio ratio) {
  return ratio == CodeRatio::kDifflib ? "difflib" : "levenshtein";
}

std::string figure_columns(const std::vector<double>& figures) {
  std::string text;
  for (const double figure : figures) {
    text += std::isnan(figure) ? fmt::format("{:>{}}", "-", kFigureWidth)
                               : fmt::format("{:>{}.2f}", figure, kFigureWidth);
  }
  return text;
}

std::string table_line(std::string_view name, std::string_view metric, std::string_view rows,
                       std::string_view figures) {
  return fmt::format("{:<{}}{:<{}}{:>5}{}\n", name, kNameWidth, metric, kMetricWidth, rows,
                     figures);
}

std::string heading(LongBenchEdition edition) {
  std::string columns;
  for (const std::string_view name : figure_names(edition)) {
    columns += fmt::format("{:>{}}", name.empty() ? "score" : name, kFigureWidth);
  }
  return table_line("task", "metric", "rows", columns);
}

std::string task_line(const LongBenchTaskScore& task, CodeRatio ratio) {
  std::string figures = figure_columns(task.figures);
  if (!task.problems.empty()) figures += "  INCOMPLETE";
  return table_line(fmt::format("  {}", task.task->name), longbench_metric(*task.task, ratio).name,
                    std::to_string(task.rows()), figures);
}

std::string category_lines(const LongBenchScore& score, const CategoryMean& mean) {
  std::string text = table_line(mean.category, "", "", figure_columns(mean.figures));
  for (const LongBenchTaskScore& task : score.tasks) {
    if (task.task->category == mean.category) text += task_line(task, score.ratio);
  }
  return text;
}

Json number(double value) {
  return std::isnan(value) ? Json(nullptr) : Json(value);
}

Json figures_as_json(LongBenchEdition edition, const std::vector<double>& figures) {
  if (edition == LongBenchEdition::kV1) return number(figures[0]);
  Json json;
  const auto names = figure_names(edition);
  for (size_t i = 0; i < names.size(); ++i) json[std::string(names[i])] = number(figures[i]);
  return json;
}

}  // namespace

std::string scores_as_text(const LongBenchScore& score) {
  std::string text = heading(score.edition);
  for (const CategoryMean& mean : score.categories) text += category_lines(score, mean);
  text += table_line(fmt::format("\nmean of {} categories", score.categories.size()), "", "",
                     " " + figure_columns(score.mean_of_categories));
  text += table_line(fmt::format("mean of {} tasks", score.tasks.size()), "", "",
                     figure_columns(score.mean_of_tasks));
  const std::vector<std::string> warnings = score.warnings();
  if (!warnings.empty()) text += '\n';
  for (const std::string& warning : warnings) text += "warning: " + warning + '\n';
  return text;
}

Json scores_as_json(const LongBenchScore& score) {
  Json json = {{"benchmark", edition_name(score.edition)},
               {"code_sim", ratio_name(score.ratio)},
               {"incomplete", score.incomplete()},
               {"warnings", score.warnings()}};
  for (const LongBenchTaskScore& task : score.tasks) {
    const std::string name(task.task->name);
    json["scores"][name] = figures_as_json(score.edition, task.figures);
    json["counts"][name] = task.rows();
    json["expected"][name] = task.expected;
  }
  Json& average = json["average"];
  for (const CategoryMean& mean : score.categories) {
    average["categories"][std::string(mean.category)] =
        figures_as_json(score.edition, mean.figures);
  }
  average["mean_of_categories"] = figures_as_json(score.edition, score.mean_of_categories);
  average["mean_of_tasks"] = figures_as_json(score.edition, score.mean_of_tasks);
  return json;
}

void write_per_sample(const LongBenchScore& score, const std::filesystem::path& folder) {
  make_folder("--per-sample", folder);
  for (const LongBenchTaskScore& task : score.tasks) {
    const std::filesystem::path file = folder / fmt::format("{}.json", task.task->name);
    Json numbers = Json::array();
    for (const double value : task.per_sample) numbers.push_back(python_repr(value));
    const Json scores{{"task", task.task->name}, {"n", task.rows()}, {"per_sample", numbers}};
    write_file("--per-sample", file, scores.dump() + '\n');
  }
}

}  // namespace skipbench
