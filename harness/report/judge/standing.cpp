#include "harness/report/judge/standing.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/statistics/holm.h"

namespace skipbench {

std::vector<Standing> standings_beside_best(std::span<const double> p_values,
                                            const std::vector<bool>& too_few) {
  const std::vector<double> corrected = holm_adjusted(p_values);
  std::vector<Standing> standings;
  for (size_t i = 0; i < p_values.size(); ++i) {
    const Place place = corrected[i] >= kSignificance ? Place::kTied : Place::kNone;
    standings.push_back({place, corrected[i], p_values[i], too_few[i]});
  }
  return standings;
}

Standing best_standing(const std::vector<bool>& too_few) {
  return {.place = Place::kBest,
          .too_few = std::find(too_few.begin(), too_few.end(), false) == too_few.end()};
}

std::string_view place_name(const Standing& standing) {
  if (standing.too_few) return "too few";
  switch (standing.place) {
    case Place::kNone:
      return "";
    case Place::kBest:
      return "best";
    case Place::kTied:
      return standing.differs_alone() ? "alone" : "tied";
  }
  return "";
}

std::string_view place_mark(const Standing& standing) {
  if (standing.too_few || standing.place == Place::kNone) return "";
  if (standing.place == Place::kBest) return " ●";
  return standing.differs_alone() ? " ◌" : " ○";
}

std::string marks_line(std::span<const Standing> standings, std::string_view test) {
  bool marked = false, alone = false;
  for (const Standing& standing : standings) {
    const std::string_view mark = place_mark(standing);
    marked = marked || !mark.empty();
    alone = alone || mark == " ◌";
  }
  if (!marked) return "";
  return fmt::format(
      "● best, ○ not distinguishable from it: {}, p (Holm over methods) at least .05.{}", test,
      alone ? " ◌ worse if its test were the only one: p below .05 before the correction alone."
            : "");
}

std::string too_few_line() {
  return fmt::format(
      "No marks, standard errors or intervals where there are {}: of fewer than {}, no paired "
      "sign-flip test has p below {}.",
      kTooFew, kFewestSamples, fmt::format("{:.2f}", kSignificance).substr(1));
}

}  // namespace skipbench
