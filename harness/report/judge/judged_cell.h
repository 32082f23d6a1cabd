#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/report/judge/standing.h"
#include "harness/store/queries.h"
#include "harness/summary/cell_state.h"

namespace skipbench {

/// A cell with the judgement on it.
struct JudgedCell {
  CellRecord record;
  CellState state = CellState::kNotRun;
  bool outdated = false;        // also when allowed and therefore shown
  std::string outdated_reason;  // "code", "machine", ... that differs

  std::vector<Standing> metric_standings;  // in the plan's order; empty until cells are ranked
  Standing loss_standing;
  Front front = Front::kNone;
  std::string search;             // "chosen" or "tried" by a search; empty: an ordinary label
  std::string search_label = "";  // of the entry whose search tried the setting
  std::optional<PromptFacts> prompts = std::nullopt;   // of a baseline that shows figures
  std::optional<double> speedup_drift = std::nullopt;  // of a method that shows a speed-up
  /// Of a method that shows a speed-up: the larger idle_share of its own and its baseline's.
  double host_wait = 0;

  /// All of them; accuracy alone of a method that was inactive is for means over tasks and for
  /// programs, beside the state.
  bool shows_figures() const { return shown_figures(state) == ShownFigures::kAll; }
  bool shows_accuracy() const { return shown_figures(state) != ShownFigures::kNone; }
};

/// Whether the cell shows a speed-up that is_too_fast(): tables mark it with †.
bool is_marked_too_fast(const JudgedCell& cell);

/// A GPU that waited for the host during more than this share of a prefill: such times are the
/// host's, and say little of what a method saves.
inline constexpr double kHostBoundShare = 0.1;

/// Whether the cell's speed-up is of such times: tables mark it with ‡.
bool is_host_bound(const JudgedCell& cell);

/// What stands after a speed-up to the first token of these cells: †, ‡, both or nothing.
std::string speedup_mark(std::span<const JudgedCell* const> cells);
std::string speedup_mark(const JudgedCell& cell);

/// Whether the cell shows times in which something ran off its kernel.
bool has_slow_path(const JudgedCell& cell);

/// Judges the cells of one experiment and model. What the last run asked for sets the version that
/// all others are held against; with `allow_mixed` cells of another version are judged as any
/// other.
std::vector<JudgedCell> judge_cells(std::vector<CellRecord> cells, bool allow_mixed);

}  // namespace skipbench
