#pragma once

#include <string_view>

#include "harness/summary/summary.h"

namespace skipbench {

/// What may be said of a cell.
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

/// The state as far as the cell's own rows tell: never kOutdated.
CellState state_of(const PlannedCell& plan, const CellSummary& summary);

/// Which figures are a cell's own: all of them, none, or accuracy alone where its method was
/// inactive, whose time would be read as a speed-up by doing nothing. Tables, csv, json and the
/// views `cells`, `cell_details` and `profiles` hold no others.
enum class ShownFigures { kNone, kAccuracy, kAll };

ShownFigures shown_figures(CellState state);

/// "none", "accuracy", "all": as column `shown` of cell_summary has it.
std::string_view shown_figures_name(ShownFigures shown);

}  // namespace skipbench
