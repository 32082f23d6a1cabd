#include "harness/report/judged_cell.h"

#include <map>
#include <utility>

namespace skipbench {
namespace {

bool has_rows(const CellSummary& summary) {
  return summary.n + summary.n_oom + summary.n_error + summary.n_invalid > 0;
}

/// What differs between two versions that belong into one table; empty when nothing does.
std::string difference(const CellVersion& a, const CellVersion& b, bool same_samples) {
  if (a.device != b.device) return "machine";
  if (a.dtype != b.dtype) return "dtype";
  if (a.model_hash != b.model_hash) return "model file";
  if (core_of(a.code_version) != core_of(b.code_version)) return "code";
  if (a.seed != b.seed) return "seed";
  if (same_samples && a.data_hash != b.data_hash) return "data";
  if (same_samples && a.protocol_hash != b.protocol_hash) return "protocol";
  return "";
}

const CellRecord* newer(const CellRecord* a, const CellRecord* b) {
  return a && a->last_run >= b->last_run ? a : b;
}

}  // namespace

std::string_view core_of(std::string_view code_version) {
  const size_t dash = code_version.find('-');
  return dash == std::string_view::npos ? std::string_view() : code_version.substr(0, dash);
}

std::vector<JudgedCell> judge_cells(std::vector<CellRecord> cells, bool allow_mixed) {
  const CellRecord* newest = nullptr;
  std::map<std::pair<std::string, std::string>, const CellRecord*> newest_of_task;
  for (const CellRecord& cell : cells) {
    if (!has_rows(cell.summary)) continue;
    newest = newer(newest, &cell);
    const CellRecord*& of_task = newest_of_task[{cell.plan.task, cell.plan.subset}];
    of_task = newer(of_task, &cell);
  }
  std::vector<JudgedCell> judged(cells.size());
  for (size_t i = 0; i < cells.size(); ++i) {
    judged[i].state = state_of(cells[i].plan, cells[i].summary);
    if (judged[i].state == CellState::kNotRun) continue;
    const CellVersion& version = cells[i].version;
    std::string reason = difference(version, newest->version, false);
    if (reason.empty()) {
      const auto* of_task = newest_of_task[{cells[i].plan.task, cells[i].plan.subset}];
      reason = difference(version, of_task->version, true);
    }
    judged[i].outdated = !reason.empty();
    judged[i].outdated_reason = std::move(reason);
    if (judged[i].outdated && !allow_mixed) judged[i].state = CellState::kOutdated;
  }
  for (size_t i = 0; i < cells.size(); ++i) judged[i].record = std::move(cells[i]);
  return judged;
}

}  // namespace skipbench
