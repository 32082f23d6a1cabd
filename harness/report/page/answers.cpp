#include "harness/report/page/answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/report/judge/label_text.h"

namespace skipbench {
namespace {

/// The answers of one ranked kind.
class Answering {
 public:
  Answering(const PooledTasks& pooled, const PooledKind& kind, size_t best)
      : pooled_(pooled), kind_(kind), timed_(is_timed()) {
    answers_.about = kind.larger_is_better ? "Score" : "Loss of the right answer";
    if (pooled.tasks > 1) answers_.about += fmt::format(", mean over {} tasks", pooled.tasks);
    answers_.best = best;
    sort_out();
  }

  Answers answers() && {
    const bool no_score = kind_.larger_is_better && *kind_.accuracies[answers_.best].mean <= 0;
    if (no_score) {
      answers_.sentences = {"No method scores above 0."};
    } else if (standing(answers_.best).too_few) {
      answers_.sentences = {fmt::format("{} is first with {}; {} from chance.",
                                        label(answers_.best), mean(), kTooFew)};
    } else {
      answers_.fastest = find_fastest();
      answers_.sentences = {best_words(), worse_words(), fastest_words()};
    }
    return std::move(answers_);
  }

 private:
  const Standing& standing(size_t i) const { return kind_.accuracies[i].standing; }

  std::string label(size_t i) const { return label_text(pooled_.labels[i]); }

  std::string mean() const {
    return figure_text(kind_.accuracies[answers_.best].mean, kind_.unit) +
           (kind_.larger_is_better ? " points" : " nats per token");
  }

  void sort_out() {
    for (size_t i = 0; i < pooled_.labels.size(); ++i) {
      const Standing& place = standing(i);
      if (!place.is_ranked() || (place.too_few && i != answers_.best)) continue;
      if (place.place == Place::kNone)
        answers_.worse.push_back(i);
      else if (!place.differs_alone())
        answers_.equal.push_back(i);
    }
    std::sort(answers_.worse.begin(), answers_.worse.end(), [this](size_t a, size_t b) {
      return std::abs(kind_.accuracies[a].to_best->mean) <
             std::abs(kind_.accuracies[b].to_best->mean);
    });
  }

  bool is_timed() const {
    for (size_t i = 0; i < pooled_.labels.size(); ++i) {
      if (pooled_.labels[i] != pooled_.baseline && pooled_.measured[i].mean) return true;
    }
    return false;
  }

  /// Measured, with its whole interval above 1, and not faster than the saved work allows; or ideal
  /// where nothing is timed. 0 for what does not gain.
  double gain(size_t i) const {
    if (!timed_) return pooled_.ideal[i].value_or(0);
    const MeanRatio& measured = pooled_.measured[i];
    const bool counts = measured.mean && pooled_.marks[i].find("†") == std::string::npos;
    const double low = measured.interval ? measured.interval->low : measured.mean.value_or(0);
    return counts && low > 1 ? *measured.mean : 0;
  }

  std::optional<size_t> find_fastest() const {
    std::optional<size_t> fastest;
    for (const size_t i : answers_.equal) {
      if (pooled_.labels[i] == pooled_.baseline || gain(i) <= 1) continue;
      if (!fastest || gain(i) > gain(*fastest)) fastest = i;
    }
    return fastest;
  }

  /// "A, B and C", "A, B, C and 4 more".
  std::string names(const std::vector<size_t>& places) const {
    constexpr size_t kShown = 3;
    const size_t shown = places.size() > kShown + 1 ? kShown : places.size();
    std::string text;
    for (size_t i = 0; i < shown; ++i) {
      if (i > 0) text += i + 1 == places.size() ? " and " : ", ";
      text += label(places[i]);
    }
    return shown < places.size() ? fmt::format("{} and {} more", text, places.size() - shown)
                                 : text;
  }

  /// "-1.2 [-2.0, -0.4], p .012".
  std::string difference(size_t i) const {
    const PooledDifference& to_best = *kind_.accuracies[i].to_best;
    return fmt::format("{}, p {}", difference_text(kind_, to_best),
                       figure_text(to_best.corrected, Unit::kProbability));
  }

  std::string best_words() const {
    std::vector<size_t> others = answers_.equal;
    std::erase(others, answers_.best);
    if (others.empty())
      return fmt::format("{} alone is best with {}.", label(answers_.best), mean());
    return fmt::format("{} is best with {}; not distinguishable from it: {}.", label(answers_.best),
                       mean(), names(others));
  }

  std::string worse_words() const {
    const std::vector<size_t>& worse = answers_.worse;
    if (worse.empty()) return "No method is shown to be worse.";
    const std::string least = label(worse.front()), most = label(worse.back());
    if (worse.size() == 1) {
      return fmt::format("{} is really worse (Holm's p below .05): {}.", least,
                         difference(worse.front()));
    }
    return fmt::format("{} methods are really worse (Holm's p below .05), from {} ({}) to {} ({}).",
                       worse.size(), least, difference(worse.front()), most,
                       difference(worse.back()));
  }

  std::string fastest_words() const {
    if (!answers_.fastest) {
      return fmt::format("No method as good as the best {} {}.",
                         timed_ ? "is measurably faster than" : "computes less than",
                         label_text(pooled_.baseline));
    }
    const size_t i = *answers_.fastest;
    const std::string ideal = figure_text(pooled_.ideal[i], Unit::kRatio);
    const std::string gains =
        timed_ ? fmt::format("{} to the first token (ideal {})", measured_text(pooled_, i), ideal)
               : "ideal speed-up " + ideal;
    const std::string cost =
        i == answers_.best ? "" : "; its difference to the best is " + difference(i);
    return fmt::format("The {} of those as good as the best is {}: {}{}.",
                       timed_ ? "fastest" : "cheapest", label(i), gains, cost);
  }

  const PooledTasks& pooled_;
  const PooledKind& kind_;
  Answers answers_;
  bool timed_;  // some method, beside the baseline
};

}  // namespace

std::vector<Answers> answers_of(const PooledTasks& pooled) {
  std::vector<Answers> list;
  for (const PooledKind& kind : pooled.kinds) {
    for (size_t i = 0; i < pooled.labels.size(); ++i) {
      if (kind.accuracies[i].standing.place != Place::kBest) continue;
      list.push_back(Answering(pooled, kind, i).answers());
    }
  }
  return list;
}

}  // namespace skipbench
