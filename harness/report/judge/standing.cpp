#include "harness/report/judge/standing.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/statistics/holm.h"

namespace skipbench {

std::vector<Standing> rank(std::span<const std::optional<double>> merits,
                           const std::function<std::optional<PairTest>(size_t, size_t)>& test) {
  std::vector<Standing> standings(merits.size());
  // An empty merit is below all others.
  const auto best =
      static_cast<size_t>(std::max_element(merits.begin(), merits.end()) - merits.begin());
  std::vector<double*> p_values;
  bool no_test = true;
  for (size_t i = 0; i < merits.size(); ++i) {
    if (i == best || !merits[i]) continue;
    const std::optional<PairTest> tested = test(i, best);
    if (!tested) continue;
    standings[i] = {.p = tested->p, .p_alone = tested->p, .too_few = tested->too_few};
    p_values.push_back(&*standings[i].p);
    no_test = no_test && tested->too_few;
  }
  if (p_values.empty()) return standings;
  holm_adjust(p_values);
  for (Standing& standing : standings) {
    if (standing.p && *standing.p >= kSignificance) standing.place = Place::kTied;
  }
  standings[best] = {.place = Place::kBest, .too_few = no_test};
  return standings;
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
