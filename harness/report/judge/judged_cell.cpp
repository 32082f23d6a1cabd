#include "harness/report/judge/judged_cell.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "harness/report/judge/code_parts.h"
#include "harness/summary/speedup_limit.h"

namespace skipbench {
namespace {

bool has_rows(const CellSummary& summary) {
  return summary.n + summary.n_oom + summary.n_error + summary.n_invalid > 0;
}

/// What differs between two versions that belong into one table; empty when nothing does.
std::string difference(const CellVersion& a, const CellVersion& b, SharedSources shared) {
  if (a.device != b.device) return "machine";
  if (a.dtype != b.dtype) return "dtype";
  if (a.model_hash != b.model_hash) return "model file";
  if (!difference_of_sources(a.code_version, b.code_version, shared).part.empty()) return "code";
  if (a.seed != b.seed) return "seed";
  if (shared.task && a.data_hash != b.data_hash) return "data";
  if (shared.task && a.protocol_hash != b.protocol_hash) return "protocol";
  return "";
}

/// The cells that the last run asked for: one of all, of each task and of each method.
struct Newest {
  const CellRecord* any = nullptr;
  std::map<std::pair<std::string, std::string>, const CellRecord*> of_task;
  std::map<std::string, const CellRecord*> of_method;

  void look_at(const CellRecord& cell) {
    for (const CellRecord** newest :
         {&any, &of_task[{cell.plan.task, cell.plan.subset}], &of_method[cell.plan.method]}) {
      if (!*newest || (*newest)->last_run < cell.last_run) *newest = &cell;
    }
  }

  /// What the cell differs in from those; empty when in nothing.
  std::string difference_of(const CellRecord& cell) const {
    std::string reason = difference(cell.version, any->version, {});
    if (reason.empty()) {
      reason = difference(cell.version, of_task.at({cell.plan.task, cell.plan.subset})->version,
                          {.task = true});
    }
    if (reason.empty()) {
      reason = difference(cell.version, of_method.at(cell.plan.method)->version, {.method = true});
    }
    return reason;
  }
};

void set_host_waits(std::vector<JudgedCell>& cells) {
  const auto idle = [](const JudgedCell& cell) {
    return cell.shows_figures() ? cell.record.summary.idle_share.value_or(0) : 0.0;
  };
  std::map<std::pair<std::string, std::string>, double> of_baselines;
  for (const JudgedCell& cell : cells) {
    const PlannedCell& plan = cell.record.plan;
    if (plan.is_baseline) of_baselines[{plan.task, plan.subset}] = idle(cell);
  }
  for (JudgedCell& cell : cells) {
    const PlannedCell& plan = cell.record.plan;
    if (plan.is_baseline || !cell.shows_figures() || !cell.record.summary.speedup_ttft) continue;
    cell.host_wait = std::max(idle(cell), of_baselines[{plan.task, plan.subset}]);
  }
}

}  // namespace

bool is_marked_too_fast(const JudgedCell& cell) {
  return cell.shows_figures() && is_too_fast(cell.record.summary);
}

bool is_host_bound(const JudgedCell& cell) {
  return cell.host_wait > kHostBoundShare;
}

std::string speedup_mark(std::span<const JudgedCell* const> cells) {
  const auto any = [cells](bool (*holds)(const JudgedCell&)) {
    return std::any_of(cells.begin(), cells.end(),
                       [holds](const JudgedCell* cell) { return holds(*cell); });
  };
  std::string mark;
  if (any(is_marked_too_fast)) mark += "†";
  if (any(is_host_bound)) mark += "‡";
  return mark;
}

std::string speedup_mark(const JudgedCell& cell) {
  const JudgedCell* one = &cell;
  return speedup_mark({&one, 1});
}

bool has_slow_path(const JudgedCell& cell) {
  const CellSummary& s = cell.record.summary;
  return cell.shows_figures() && !(s.slow_prefill.empty() && s.slow_decode.empty());
}

std::vector<JudgedCell> judge_cells(std::vector<CellRecord> cells, bool allow_mixed) {
  Newest newest;
  for (const CellRecord& cell : cells) {
    if (has_rows(cell.summary)) newest.look_at(cell);
  }
  std::vector<JudgedCell> judged(cells.size());
  for (size_t i = 0; i < cells.size(); ++i) {
    judged[i].state = state_of(cells[i].plan, cells[i].summary);
    if (judged[i].state == CellState::kNotRun) continue;
    judged[i].outdated_reason = newest.difference_of(cells[i]);
    judged[i].outdated = !judged[i].outdated_reason.empty();
    if (judged[i].outdated && !allow_mixed) judged[i].state = CellState::kOutdated;
  }
  for (size_t i = 0; i < cells.size(); ++i) judged[i].record = std::move(cells[i]);
  set_host_waits(judged);
  return judged;
}

}  // namespace skipbench
