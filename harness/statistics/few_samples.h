#pragma once

#include <cstdint>
#include <optional>

namespace skipbench {

/// Below this corrected p-value a difference counts as one.
inline constexpr double kSignificance = 0.05;

/// Of fewer samples nothing is said of chance, wherever figures stand: no sign-flip test of them
/// has a p-value below kSignificance (smallest_p_value()), and two samples' spread is hardly known.
/// From here on the interval of PairedDifference covers the truth about as often as it claims.
inline constexpr int64_t kFewestSamples = 6;

inline bool too_few_to_tell(int64_t samples) {
  return samples < kFewestSamples;
}

/// The standard error as it may be shown: of samples enough, and not where all of them are equal,
/// which tells nothing of how far others may spread.
inline std::optional<double> shown_error(int64_t samples, std::optional<double> error) {
  const bool is_known = !too_few_to_tell(samples) && error.value_or(0) > 0;
  return is_known ? error : std::nullopt;
}

}  // namespace skipbench
