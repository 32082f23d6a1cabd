#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/search/saving.h"

namespace skipbench {

/// A figure of a setting that a search can steer by: of the first three less is better, the others
/// are brought to a value.
enum class SearchFigure {
  kKl,                 // of the first token, nats
  kScoreDrop,          // points below the baseline, of each task's main metric
  kAnswerNllIncrease,  // loss of the gold answer above the baseline's, nats per token
  kSpeedupTtft,        // measured, paired with the baseline
  kIdealSpeedup,       // counted FLOPs
  kKvRatio,            // counted bytes of the cache
};

/// As an experiment writes it: "kl", "score_drop", ...
std::string_view figure_name(SearchFigure figure);

/// Names of the figures that `search` can keep below a limit, and of those that `align` can reach.
std::vector<std::string> limit_figures();
std::vector<std::string> align_figures();

/// What a search is after.
struct Goal {
  enum class Kind {
    kAtMost,  // of the settings whose figure is at most `value` the one that saves most
    kEqual,   // a setting whose figure is `value` up to `tolerance`
  };
  Kind kind = Kind::kAtMost;
  SearchFigure figure = SearchFigure::kAnswerNllIncrease;
  double value = 0;
  double tolerance = 0;  // of kEqual, in the figure's own unit
  /// kAtMost: of what there is to be least; of several, what the ends of the range differ in most.
  std::vector<Saving> least = {Saving::kPrefillWork};

  /// Counted figures need few prompts and no clock.
  bool is_counted() const {
    return figure == SearchFigure::kIdealSpeedup || figure == SearchFigure::kKvRatio;
  }
  /// "answer_nll_increase <= 0.05", "ideal_speedup = 1.68 ± 0.02".
  std::string text() const;
  /// "cache", "cache or prefill_work".
  std::string least_text() const;
};

/// "answer_nll_increase <= 0.05" as a goal. Throws InputError naming the part that is wrong.
Goal parse_target(std::string_view text);

/// The figure that `align` names. Throws InputError with the nearest name.
SearchFigure parse_align_figure(std::string_view name);

}  // namespace skipbench
