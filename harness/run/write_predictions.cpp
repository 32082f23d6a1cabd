#include "harness/run/write_predictions.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "harness/base/write_file.h"
#include "harness/store/queries.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

constexpr std::string_view kOption = "--predictions";

std::string folder_name(std::string name) {
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
}

// Notes whose folder `name` has. `what`: "label" or "model".
void claim_folder(std::map<std::string, std::string>& owners, std::string_view what,
                  const std::string& name) {
  const auto [found, is_new] = owners.try_emplace(folder_name(name), name);
  if (is_new || found->second == name) return;
  throw InputError(fmt::format(
      "--predictions: the {0}s '{1}' and '{2}' would both be written into '{3}'; rename one {0}",
      what, found->second, name, found->first));
}

void write_predictions_file(const std::filesystem::path& file, const std::string& text) {
  make_folder(kOption, file.parent_path());
  write_file(kOption, file, text);
}

// One label's files on one model; the subsets of a task may share a file.
class LabelPredictions {
 public:
  LabelPredictions(const Plan& plan, const PlannedModel& model, const PlannedMethod& method,
                   const StoreReader& store)
      : plan_(plan), model_(model), method_(method), store_(store) {}

  void add(const PlannedTask& task, const Subset& subset) {
    const std::map<std::string, std::string> replies = store_.replies(cell(task, subset));
    for (int64_t i = 0; i < subset.samples; ++i) {
      // Prompts of these tasks are not built to a length, so nothing has to be counted.
      const Sample sample = task.task->sample(subset, i, {});
      const auto reply = replies.find(sample.id);
      if (reply == replies.end()) {
        ++written_.missing;
        continue;
      }
      const auto row = task.task->prediction_row(subset, i, reply->second);
      texts_[row->file] += row->row.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
      ++written_.rows;
    }
  }

  WrittenPredictions write(const std::filesystem::path& folder) const {
    for (const auto& [file, text] : texts_) {
      write_predictions_file(
          folder / folder_name(model_.name) / folder_name(method_.cell.label) / file, text);
    }
    return written_;
  }

 private:
  PlannedCell cell(const PlannedTask& task, const Subset& subset) const {
    PlannedCell cell;
    cell.experiment = plan_.experiment.name;
    cell.model = model_.name;
    cell.label = method_.cell.label;
    cell.task = task.spec.task;
    cell.subset = subset.name;
    return cell;
  }

  const Plan& plan_;
  const PlannedModel& model_;
  const PlannedMethod& method_;
  const StoreReader& store_;
  std::map<std::filesystem::path, std::string> texts_;
  WrittenPredictions written_;
};

bool has_predictions(const PlannedTask& task, const Subset& subset) {
  return subset.samples > 0 && task.task->prediction_row(subset, 0, "").has_value();
}

bool has_predictions(const Plan& plan) {
  return std::any_of(plan.tasks.begin(), plan.tasks.end(), [](const PlannedTask& task) {
    return std::any_of(task.subsets.begin(), task.subsets.end(),
                       [&](const Subset& subset) { return has_predictions(task, subset); });
  });
}

}  // namespace

void prepare_predictions(const Plan& plan, const std::filesystem::path& folder) {
  std::map<std::string, std::string> models;
  for (const PlannedModel& model : plan.models) {
    claim_folder(models, "model", model.name);
    std::map<std::string, std::string> labels;
    for (const PlannedMethod& method : model.methods) {
      claim_folder(labels, "label", method.cell.label);
    }
  }
  if (!has_predictions(plan)) {
    throw InputError(
        "--predictions: they are written for LongBench's tasks, and the experiment runs none; "
        "leave the option out");
  }
  make_folder(kOption, folder);
  require_writable_folder(kOption, folder);
}

WrittenPredictions write_predictions(const Plan& plan, const std::filesystem::path& database,
                                     const std::filesystem::path& folder) {
  const StoreReader store(database);
  WrittenPredictions all;
  for (const PlannedModel& model : plan.models) {
    for (const PlannedMethod& method : model.methods) {
      LabelPredictions label(plan, model, method, store);
      for (const PlannedTask& task : plan.tasks) {
        for (const Subset& subset : task.subsets) {
          if (has_predictions(task, subset)) label.add(task, subset);
        }
      }
      const WrittenPredictions written = label.write(folder);
      all.rows += written.rows;
      all.missing += written.missing;
    }
  }
  return all;
}

}  // namespace skipbench
