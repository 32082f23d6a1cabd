#include "harness/search/goal.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <span>

#include "kernels/base/error.h"
#include "kernels/base/suggest.h"

namespace skipbench {
namespace {

struct NamedFigure {
  SearchFigure figure;
  std::string_view name;
};

constexpr std::array kLimits{NamedFigure{SearchFigure::kKl, "kl"},
                             NamedFigure{SearchFigure::kScoreDrop, "score_drop"},
                             NamedFigure{SearchFigure::kAnswerNllIncrease, "answer_nll_increase"}};
constexpr std::array kAlignable{NamedFigure{SearchFigure::kSpeedupTtft, "speedup_ttft"},
                                NamedFigure{SearchFigure::kIdealSpeedup, "ideal_speedup"},
                                NamedFigure{SearchFigure::kKvRatio, "kv_ratio"}};

std::vector<std::string> names_of(std::span<const NamedFigure> figures) {
  std::vector<std::string> names;
  for (const NamedFigure& each : figures) names.emplace_back(each.name);
  return names;
}

SearchFigure find_figure(std::string_view name, std::span<const NamedFigure> figures) {
  for (const NamedFigure& each : figures) {
    if (each.name == name) return each.figure;
  }
  throw InputError(fmt::format("unknown figure '{}'{}", name, suggestion(name, names_of(figures))));
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t";
  const size_t begin = std::min(text.find_first_not_of(kSpace), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(kSpace) + 1);
}

double parse_limit(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  if (whole && std::isfinite(value) && value >= 0) return value;
  throw InputError(fmt::format("the limit '{}' is not a number of at least 0", text));
}

}  // namespace

std::string_view figure_name(SearchFigure figure) {
  for (const auto& figures : {kLimits, kAlignable}) {
    for (const NamedFigure& each : figures) {
      if (each.figure == figure) return each.name;
    }
  }
  throw ContractError("a search figure without a name");
}

std::vector<std::string> limit_figures() {
  return names_of(kLimits);
}

std::vector<std::string> align_figures() {
  return names_of(kAlignable);
}

std::string Goal::text() const {
  if (kind == Kind::kAtMost) return fmt::format("{} <= {}", figure_name(figure), value);
  return fmt::format("{} = {} ± {}", figure_name(figure), value, tolerance);
}

std::string Goal::least_text() const {
  std::vector<std::string_view> names;
  for (const Saving saving : least) names.push_back(saving_name(saving));
  return fmt::format("{}", fmt::join(names, " or "));
}

Goal parse_target(std::string_view text) {
  const size_t sign = text.find("<=");
  if (sign == std::string_view::npos) {
    throw InputError(
        fmt::format("'{}' is not a target; expected a figure, '<=' and a limit, for example "
                    "answer_nll_increase <= 0.05",
                    text));
  }
  Goal goal;
  goal.figure = find_figure(trimmed(text.substr(0, sign)), kLimits);
  goal.value = parse_limit(trimmed(text.substr(sign + 2)));
  return goal;
}

SearchFigure parse_align_figure(std::string_view name) {
  return find_figure(name, kAlignable);
}

}  // namespace skipbench
