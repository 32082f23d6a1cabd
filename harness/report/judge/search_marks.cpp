#include "harness/report/judge/search_marks.h"

#include <algorithm>
#include <utility>

#include "harness/search/record.h"

namespace skipbench {
namespace {

bool contains(const std::vector<std::string>& labels, const std::string& label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

// Of each search the last that a run has of it: a run may leave some out.
std::vector<SearchResult> latest_results(const std::vector<RunRecord>& runs) {
  std::vector<SearchResult> latest;
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    const Json config = Json::parse(run->info.config_json, nullptr, /*allow_exceptions=*/false);
    for (SearchResult& result : search_results(config)) {
      const bool known = std::any_of(latest.begin(), latest.end(), [&](const SearchResult& other) {
        return other.model == result.model && other.search == result.search;
      });
      if (!known) latest.push_back(std::move(result));
    }
  }
  return latest;
}

void mark(ModelCells& model, const SearchResult& result) {
  bool in_plan = false;
  for (JudgedCell& cell : model.cells) {
    const std::string& label = cell.record.plan.label;
    if (!contains(result.labels, label)) continue;
    cell.search = label == result.chosen ? "chosen" : "tried";
    cell.search_label = result.search;
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
