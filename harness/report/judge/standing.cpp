#include "harness/report/judge/standing.h"

#include <fmt/format.h>

namespace skipbench {

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
