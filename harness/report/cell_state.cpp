#include "harness/report/cell_state.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "harness/store/speedup_limit.h"
#include "methods/score_driven.h"

namespace skipbench {
namespace {

bool has_rows(const CellSummary& summary) {
  return summary.n + summary.n_oom + summary.n_error + summary.n_invalid > 0;
}

bool skips_nothing_by_design(const PlannedCell& plan) {
  return plan.is_baseline || plan.method == "full";
}

CellState judge(const CellRecord& cell) {
  const CellSummary& s = cell.summary;
  if (!has_rows(s)) return CellState::kNotRun;
  if (s.rows_invalid > 0) return CellState::kInvalid;
  if (s.n == 0) return s.n_oom > 0 ? CellState::kOutOfMemory : CellState::kFailed;
  const bool reference = skips_nothing_by_design(cell.plan);
  if (!reference && s.active.value_or(0) == 0) return CellState::kInactive;
  if (s.random_weights && score_driven(cell.plan.method)) return CellState::kScoreDriven;
  if (s.n < cell.plan.expected_n) return CellState::kIncomplete;
  return reference ? CellState::kReference : CellState::kActive;
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

std::string_view cell_state_name(CellState state) {
  static constexpr std::array<std::string_view, 10> kNames{
      "ok",  "reference", "incomplete", "inactive", "score-driven",
      "oom", "failed",    "invalid",    "outdated", "not run"};
  return kNames[static_cast<size_t>(state)];
}

std::string_view core_of(std::string_view code_version) {
  const size_t dash = code_version.find('-');
  return dash == std::string_view::npos ? std::string_view() : code_version.substr(0, dash);
}

bool is_marked_too_fast(const JudgedCell& cell) {
  return cell.shows_figures() && is_too_fast(cell.record.summary);
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
    judged[i].state = judge(cells[i]);
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
