#include "harness/report/search_marks.h"

#include <algorithm>

#include "harness/search/record.h"

namespace skipbench {
namespace {

bool contains(const std::vector<std::string>& labels, const std::string& label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

std::vector<SearchResult> latest_results(const std::vector<RunRecord>& runs) {
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    const Json config = Json::parse(run->info.config_json, nullptr, /*allow_exceptions=*/false);
    std::vector<SearchResult> results = search_results(config);
    if (!results.empty()) return results;
  }
  return {};
}

void mark(ModelCells& model, const SearchResult& result) {
  bool in_plan = false;
  for (JudgedCell& cell : model.cells) {
    const std::string& label = cell.record.plan.label;
    if (!contains(result.labels, label)) continue;
    cell.search = label == result.chosen ? "chosen" : "tried";
    in_plan = true;
  }
  if (!in_plan) return;
  model.search_notes.insert(model.search_notes.end(), result.sentences.begin(),
                            result.sentences.end());
}

}  // namespace

void mark_searches(ExperimentData& experiment) {
  for (const SearchResult& result : latest_results(experiment.runs)) {
    for (ModelCells& model : experiment.models) {
      if (model.model == result.model) mark(model, result);
    }
  }
}

}  // namespace skipbench
