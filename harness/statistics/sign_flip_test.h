#pragma once

#include <cstdint>
#include <span>

#include "harness/statistics/statistics.h"

namespace skipbench {

/// A two-sided p-value, and whether every permutation was counted for it.
struct PValue {
  double value = 1;
  bool exact = false;
};

/// The seed of every p-value that the program shows: the same differences have the same p-value
/// wherever they are asked about, so that a corrected one is never below the raw one beside it.
inline constexpr uint64_t kSignFlipSeed = 1;

/// With up to this many prompts that differ, all sign patterns are counted.
inline constexpr int64_t kExactPrompts = 16;

/// The permutation test of paired differences: were it the same which of two methods gave which
/// result, every prompt's difference could as well have the other sign (Fisher, "The Design of
/// Experiments", 1935, section 21; Good, "Permutation, Parametric and Bootstrap Tests of
/// Hypotheses", 2005, section 3.2.1). Tests the mean over tasks (of equal weight) of the mean over
/// prompts; a prompt's rounds keep together, because they are no independent evidence.
///
/// Exact where at most kExactPrompts prompts differ at all. Above that `resamples` random patterns:
/// p = (hits + 1) / (resamples + 1), which is never too small (Phipson and Smyth, "Permutation
/// P-values Should Never Be Zero", 2010). Drawing ends early once 1000 hits have shown that the
/// difference is nothing remarkable (Besag and Clifford, "Sequential Monte Carlo p-values", 1991),
/// and is left out where Hoeffding's inequality ("Probability Inequalities for Sums of Bounded
/// Random Variables", 1963, theorem 2) bounds p below what the draws can show; that bound is then
/// the p-value. Without prompts, or where none differs, p = 1.
PValue sign_flip_test(std::span<const PromptValues> tasks, uint64_t seed, int resamples = 9999);

/// The smallest p-value that so many prompts can have: 2 / 2^prompts, when all differ in one
/// direction.
double smallest_p_value(int64_t prompts);

}  // namespace skipbench
