#pragma once

#include <optional>

#include "harness/summary/pairs.h"
#include "harness/summary/summary.h"

namespace skipbench {

/// How many times faster than full attention a row's saved work can make its prefill at most: as
/// much as the part of which most is saved, or all of it by its FLOPs. A part's time falls no
/// faster than its work, and the whole gains no more than the part that gains most. The ideal
/// speed-up is no limit: it weighs parts by FLOPs, and attention computes fewer of them a second
/// than products do, so that SPTS's PAP reaches 2.16x at 128K where 2.09x is ideal and 3.18x the
/// limit. Empty where the baseline's row skipped or probed something itself, or a share is unknown
/// or 0.
std::optional<double> speedup_limit(const Pair& pair);

/// So much above the limit a speed-up's interval may lie: work per FLOP is not quite the same at
/// every size. Of the undisturbed GPUs' cells in results/ none lies above the limit itself.
inline constexpr double kLimitTolerance = 0.05;

/// Whether the whole interval of the speed-up to the first token lies above what the saved work
/// allows, so that something else than the method decided the times.
bool is_too_fast(const CellSummary& summary);

}  // namespace skipbench
