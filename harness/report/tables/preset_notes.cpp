#include "harness/report/tables/preset_notes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <utility>

#include "harness/base/add_once.h"

namespace skipbench {
namespace {

using Notes = std::map<std::pair<std::string, std::string>, std::string>;  // by model and label

// Of each label what the last run says that had it; "" where its preset is the model's own.
Notes latest_notes(const std::vector<RunRecord>& runs) {
  Notes notes;
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    const Json config = Json::parse(run->info.config_json, nullptr, /*allow_exceptions=*/false);
    if (!config.is_object() || !config.contains("models")) continue;
    for (const Json& model : config.at("models")) {
      if (!model.contains("methods")) continue;
      for (const Json& method : model.at("methods")) {
        notes.try_emplace({model.value("name", ""), method.value("label", "")},
                          method.value("preset", ""));
      }
    }
  }
  return notes;
}

// "a, b, c and 4 more".
std::string labels_text(const std::vector<std::string>& labels) {
  constexpr size_t kShown = 3;
  const size_t shown = std::min(labels.size(), kShown);
  std::string text = fmt::format("{}", fmt::join(labels.begin(), labels.begin() + shown, ", "));
  if (labels.size() > shown) text += fmt::format(" and {} more", labels.size() - shown);
  return text;
}

void note(ModelCells& model, const Notes& notes) {
  std::map<std::string, std::vector<std::string>> labels;  // by note
  for (const JudgedCell& cell : model.cells) {
    const auto found = notes.find({model.model, cell.record.plan.label});
    if (found == notes.end() || found->second.empty()) continue;
    add_once(labels[found->second], cell.record.plan.label);
  }
  for (const auto& [text, of] : labels) {
    model.preset_notes.push_back(fmt::format("{}: {}", labels_text(of), text));
  }
}

}  // namespace

void note_scaled_presets(ExperimentData& experiment) {
  const Notes notes = latest_notes(experiment.runs);
  for (ModelCells& model : experiment.models) note(model, notes);
}

}  // namespace skipbench
