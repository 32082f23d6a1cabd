#include "harness/report/standing.h"

#include <fmt/format.h>

namespace skipbench {

int64_t fewest_samples() {
  int64_t samples = 1;
  while (too_few_to_tell(samples)) ++samples;
  return samples;
}

std::string_view place_name(const Standing& standing) {
  if (standing.too_few) return "too few";
  switch (standing.place) {
    case Place::kNone:
      return "";
    case Place::kBest:
      return "best";
    case Place::kTied:
      return "tied";
  }
  return "";
}

std::string_view place_mark(const Standing& standing) {
  if (standing.too_few || standing.place == Place::kNone) return "";
  return standing.place == Place::kBest ? " ●" : " ○";
}

std::string too_few_line() {
  return fmt::format(
      "Unmarked where there are {}: of fewer than {}, no paired sign-flip test has p below {}.",
      kTooFew, fewest_samples(), fmt::format("{:.2f}", kSignificance).substr(1));
}

}  // namespace skipbench
