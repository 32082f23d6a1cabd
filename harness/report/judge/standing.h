#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/statistics/few_samples.h"

namespace skipbench {

/// Stands where a place or a verdict would be no finding.
inline constexpr std::string_view kTooFew = "too few samples to tell";

/// A cell's place in a column of one task.
enum class Place {
  kNone,  // worse than the best, or not ranked: incomplete, or nothing to compare with
  kBest,
  kTied,  // not distinguishable from the best, after the correction for the number of tests
};

/// A cell's place against the front of accuracy and speed of its task: pareto.h.
enum class Front {
  kNone,  // without accuracy or speed-up, or too few labels
  kDominated,
  kNear,  // another is better in both, but not distinguishably
  kOn,
};

/// The place, and the evidence for it.
struct Standing {
  Place place = Place::kNone;
  std::optional<double> p =
      std::nullopt;  // of no difference to the best, Holm-corrected over the column
  std::optional<double> p_alone = std::nullopt;  // the same before the correction
  // too_few_to_tell() of the pairs with the best, of the best: of all its pairs.
  bool too_few = false;

  bool is_ranked() const { return place != Place::kNone || p.has_value(); }

  /// A difference if it were the only one tested, and none after the correction.
  bool differs_alone() const {
    return p && *p >= kSignificance && p_alone && *p_alone < kSignificance;
  }
};

/// The paired test of two figures: its p-value, not corrected, and too_few_to_tell() of the pairs.
struct PairTest {
  double p;
  bool too_few;
};

/// The standings of a column's figures, of which the largest merit is the best (of equal ones the
/// first) and the others are tested against it. Empty merits are not ranked, nor is one alone, nor
/// one of which no test is known.
std::vector<Standing> rank(
    std::span<const std::optional<double>> merits,
    const std::function<std::optional<PairTest>(size_t other, size_t best)>& test);

/// "", "best", "tied", "alone" (Standing::differs_alone()), "too few".
std::string_view place_name(const Standing& standing);

/// "", " ●", " ○", " ◌": what tables put after a figure.
std::string_view place_mark(const Standing& standing);

/// What these standings' marks mean, in the words of every table; empty where none is marked.
/// `test` says over what: "paired sign-flip test".
std::string marks_line(std::span<const Standing> standings, std::string_view test);

/// What tables say where samples are too few for marks.
std::string too_few_line();

}  // namespace skipbench
