#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "harness/search/goal.h"

namespace skipbench {

/// Where a search looks: factors on a parameter.
struct SearchRange {
  double low = 0.1, high = 10;
  double tolerance = 0.05;  // kAtMost: ends when the bracket's ends differ by less than this share
  int64_t steps = 12;       // settings at most, the two ends among them
};

/// A setting that was tried.
struct Probe {
  double factor = 1;
  std::optional<double> value = std::nullopt;  // of the goal's figure; empty: see `why`
  std::optional<double> standard_error = std::nullopt;
  // What the setting saves; of full attention all are 1.
  double ideal_speedup = 1, kv_ratio = 1, decode_kv_share = 1, decode_ffn_share = 1;
  std::string why = "";
};

enum class Verdict {
  kFound,       // the goal holds there, and a little further it does not
  kHoldsAtEnd,  // kAtMost: it holds even at the tightest setting
  kNotExact,    // kEqual: nearest to the value, but outside the tolerance
  kUnreachable,
  kNothingSaved,  // kAtMost: both ends have equally much of what there is to be least of
  kNoFigure,      // a setting that decides could not be measured
};

struct Conclusion {
  Verdict verdict = Verdict::kFound;
  std::optional<size_t> chosen = std::nullopt;  // of the probes
  bool out_of_steps = false;                    // the bracket is wider than was asked for
};

/// The next factor to try, or the end of the search.
using SearchStep = std::variant<double, Conclusion>;

/// Bisects on a logarithmic scale; both ends come first. Follows from the probes alone, in the
/// order in which they were tried, so that a search that was killed takes the same way again. Which
/// end saves more is seen from deciding_saving(). A setting without a figure does not hold.
SearchStep next_step(const Goal& goal, const SearchRange& range, std::span<const Probe> probes);

/// Of the goal's savings the one in which the first two probes, the ends of the range, differ most
/// as a share: a method's own probing moves the prefill work a little where the cache is what the
/// parameter changes.
Saving deciding_saving(const Goal& goal, std::span<const Probe> probes);

/// What the probe has of it, as a share of what full attention has.
double share_of(Saving saving, const Probe& probe);

/// Settings that a search may need, the most.
int64_t most_steps(const Goal& goal, const SearchRange& range);

/// Neighbours (by factor; indices of `probes`) between which the figure moves against the way from
/// the first end to the last by more than both standard errors together. Empty for a figure that
/// only rises or only falls.
std::vector<std::pair<size_t, size_t>> inversions(std::span<const Probe> probes);

/// Factors have so many digits that their text is exact.
double rounded_factor(double factor);

}  // namespace skipbench
