#include "harness/report/claims/condition.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "kernels/base/error.h"
#include "kernels/base/suggest.h"

namespace skipbench {
namespace {

using Relation = Condition::Relation;

using Source = ClaimFigureFacts::Source;

constexpr std::array kFigures{
    ClaimFigureFacts{ClaimFigure::kScoreDrop, "score_drop", Source::kScore, 2, -1},
    ClaimFigureFacts{ClaimFigure::kScoreGain, "score_gain", Source::kScore, 2, 1},
    ClaimFigureFacts{ClaimFigure::kAnswerNllIncrease, "answer_nll_increase", Source::kLoss, 3, 1},
    ClaimFigureFacts{ClaimFigure::kSpeedupTtft, "speedup_ttft", Source::kTime, 2, 1},
    ClaimFigureFacts{ClaimFigure::kSpeedupEndToEnd, "speedup_e2e", Source::kTime, 2, 1},
    ClaimFigureFacts{ClaimFigure::kKvRatio, "kv_ratio", Source::kCount, 4, 1}};

// Longer signs first: "<=" begins with "<".
constexpr std::array<std::pair<std::string_view, Relation>, 4> kRelations{
    {{"<=", Relation::kAtMost},
     {">=", Relation::kAtLeast},
     {"<", Relation::kLess},
     {">", Relation::kMore}}};

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

ClaimFigure parse_figure(std::string_view name) {
  std::vector<std::string> known;
  for (const ClaimFigureFacts& facts : kFigures) {
    if (facts.name == name) return facts.figure;
    known.emplace_back(facts.name);
  }
  throw InputError(fmt::format("unknown figure '{}'{}", name, suggestion(name, known)));
}

double parse_bound(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  if (whole && std::isfinite(value)) return value;
  throw InputError(fmt::format("the bound '{}' is not a number", text));
}

Condition parse_condition(std::string_view text) {
  for (const auto& [sign, relation] : kRelations) {
    const size_t at = text.find(sign);
    if (at == std::string_view::npos) continue;
    return {parse_figure(trimmed(text.substr(0, at))), relation,
            parse_bound(trimmed(text.substr(at + sign.size())))};
  }
  throw InputError(
      fmt::format("'{}' is not a condition; expected a figure, one of < <= > >= and a number, for "
                  "example speedup_ttft >= 1.3",
                  text));
}

}  // namespace

const ClaimFigureFacts& facts_of(ClaimFigure figure) {
  for (const ClaimFigureFacts& facts : kFigures) {
    if (facts.figure == figure) return facts;
  }
  throw ContractError("a claim's figure without a name");
}

bool Condition::holds(double value) const {
  switch (relation) {
    case Relation::kLess:
      return value < bound;
    case Relation::kAtMost:
      return value <= bound;
    case Relation::kMore:
      return value > bound;
    case Relation::kAtLeast:
      return value >= bound;
  }
  return false;
}

std::string Condition::text() const {
  for (const auto& [sign, each] : kRelations) {
    if (each == relation) return fmt::format("{} {} {}", facts_of(figure).name, sign, bound);
  }
  throw ContractError("a relation without a sign");
}

std::vector<Condition> parse_conditions(std::string_view text) {
  constexpr std::string_view kAnd = " and ";
  std::vector<Condition> conditions;
  for (size_t at = text.find(kAnd); at != std::string_view::npos; at = text.find(kAnd)) {
    conditions.push_back(parse_condition(trimmed(text.substr(0, at))));
    text.remove_prefix(at + kAnd.size());
  }
  conditions.push_back(parse_condition(trimmed(text)));
  return conditions;
}

std::string conditions_text(std::span<const Condition> conditions) {
  std::string text;
  for (const Condition& each : conditions) text += (text.empty() ? "" : " and ") + each.text();
  return text;
}

}  // namespace skipbench
