#include "harness/summary/cell_state.h"

#include <array>

#include "methods/interface/table.h"

namespace skipbench {

std::string_view cell_state_name(CellState state) {
  static constexpr std::array<std::string_view, 10> kNames{
      "ok",  "reference", "incomplete", "inactive", "score-driven",
      "oom", "failed",    "invalid",    "outdated", "not run"};
  return kNames[static_cast<size_t>(state)];
}

CellState state_of(const PlannedCell& plan, const CellSummary& s) {
  if (s.n + s.n_oom + s.n_error + s.n_invalid == 0) return CellState::kNotRun;
  if (s.rows_invalid > 0) return CellState::kInvalid;
  if (s.n == 0) return s.n_oom > 0 ? CellState::kOutOfMemory : CellState::kFailed;
  const bool skips_nothing_by_design = plan.is_baseline || plan.method == "full";
  if (!skips_nothing_by_design && s.active.value_or(0) == 0) return CellState::kInactive;
  if (s.random_weights && score_driven(plan.method)) return CellState::kScoreDriven;
  if (s.n < plan.expected_n) return CellState::kIncomplete;
  return skips_nothing_by_design ? CellState::kReference : CellState::kActive;
}

ShownFigures shown_figures(CellState state) {
  switch (state) {
    case CellState::kActive:
    case CellState::kReference:
    case CellState::kIncomplete:
      return ShownFigures::kAll;
    case CellState::kInactive:
      return ShownFigures::kAccuracy;
    default:
      return ShownFigures::kNone;
  }
}

std::string_view shown_figures_name(ShownFigures shown) {
  static constexpr std::array<std::string_view, 3> kNames{"none", "accuracy", "all"};
  return kNames[static_cast<size_t>(shown)];
}

}  // namespace skipbench
