#pragma once

#include <optional>
#include <string_view>

namespace skipbench {

/// Below this corrected p-value a difference counts as one.
inline constexpr double kSignificance = 0.05;

/// A cell's place in a column of one task.
enum class Place {
  kNone,  // worse than the best, or not ranked: incomplete, or nothing to compare with
  kBest,
  kTied,  // not distinguishable from the best
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
  std::optional<double> p;  // of no difference to the best, Holm-corrected over the column
  std::optional<double> p_alone = std::nullopt;  // the same before the correction

  /// A difference if it were the only one tested, and none after the correction.
  bool differs_alone() const {
    return p && *p >= kSignificance && p_alone && *p_alone < kSignificance;
  }
};

/// "", "best", "tied".
std::string_view place_name(Place place);

/// "", " ●", " ○": what tables put behind a figure.
std::string_view place_mark(Place place);

}  // namespace skipbench
