#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/report/standing.h"
#include "harness/store/queries.h"

namespace skipbench {

/// What a table may say of a cell. Only the first three show figures.
enum class CellState {
  kActive,
  kReference,    // the baseline, or full attention: skips nothing and should not
  kIncomplete,   // samples are missing; the figures are over those that are there
  kInactive,     // the method skipped nothing on any sample: these are full attention's figures
  kScoreDriven,  // random weights, and how much the method computes follows scores: no figures
  kOutOfMemory,
  kFailed,    // no sample ended well
  kInvalid,   // failed its self-check
  kOutdated,  // measured with other code, on another machine or on other data than the newest cells
  kNotRun,
};

/// "ok", "reference", "incomplete", "inactive", ..., as csv and json have it.
std::string_view cell_state_name(CellState state);

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

  bool shows_figures() const {
    return state == CellState::kActive || state == CellState::kReference ||
           state == CellState::kIncomplete;
  }
};

/// Whether the cell shows a speed-up that is_too_fast(): tables mark it with †.
bool is_marked_too_fast(const JudgedCell& cell);

/// Judges the cells of one experiment and model. What the last run asked for sets the version that
/// all others are held against; with `allow_mixed` cells of another version are judged as any
/// other.
std::vector<JudgedCell> judge_cells(std::vector<CellRecord> cells, bool allow_mixed);

/// The source hash of the core in a code version "<core>-<method>"; empty when it has no such form.
std::string_view core_of(std::string_view code_version);

}  // namespace skipbench
