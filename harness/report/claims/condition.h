#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace skipbench {

/// What a claim can be about: one label against another on the same samples.
enum class ClaimFigure {
  kScoreDrop,          // points of the main metric below the other label
  kScoreGain,          // points above it
  kAnswerNllIncrease,  // loss of the right answer above the other's, nats per token
  kSpeedupTtft,        // times as fast to the first token
  kSpeedupEndToEnd,    // times as fast to the last token
  kKvRatio,            // bytes of the KV cache / the other's, counted
};

/// How a figure is written, and what it is read from.
struct ClaimFigureFacts {
  enum class Source { kScore, kLoss, kTime, kCount };

  ClaimFigure figure;
  std::string_view name;  // as a file writes it: "score_drop"
  Source source;
  int decimals;
  double sign;  // of the comparison's difference label - other

  bool is_accuracy() const { return source == Source::kScore || source == Source::kLoss; }
  bool is_time() const { return source == Source::kTime; }
};

const ClaimFigureFacts& facts_of(ClaimFigure figure);

/// A figure and the bound that it has to keep.
struct Condition {
  enum class Relation { kLess, kAtMost, kMore, kAtLeast };

  ClaimFigure figure = ClaimFigure::kScoreDrop;
  Relation relation = Relation::kAtMost;
  double bound = 0;

  bool holds(double value) const;
  /// "speedup_ttft >= 1.3".
  std::string text() const;
};

/// "score_drop < 1 and speedup_ttft >= 1.3" as its conditions. Throws InputError naming the part
/// that is wrong and what was expected.
std::vector<Condition> parse_conditions(std::string_view text);

/// The conditions as parse_conditions() reads them.
std::string conditions_text(std::span<const Condition> conditions);

}  // namespace skipbench
