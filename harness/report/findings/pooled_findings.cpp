#include "harness/report/findings/pooled_findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "harness/report/findings/verdict_finding.h"
#include "harness/report/judge/standing.h"

namespace skipbench {
namespace {

/// Labels, by their places among the pooled.
using Places = std::vector<size_t>;

/// One kind of accuracy, and the methods that have all tasks and a difference to the baseline, and
/// that were active on some of them.
class KindFinding {
 public:
  KindFinding(const PooledTasks& pooled, const PooledKind& kind) : pooled_(pooled), kind_(kind) {
    for (size_t i = 0; i < pooled.labels.size(); ++i) {
      if (pooled.labels[i] == pooled.baseline && pooled.is_whole(kind, i)) baseline_ = i;
      if (kind.accuracies[i].difference && pooled.competes(kind, i)) methods_.push_back(i);
    }
    sort_out();
  }

  bool is_known() const { return baseline_.has_value() && !methods_.empty(); }

  Finding finding() const {
    const size_t best = *std::max_element(methods_.begin(), methods_.end(),
                                          [this](size_t a, size_t b) { return gain(a) < gain(b); });
    Finding finding{fmt::format("All {} tasks together, {}", pooled_.tasks, kind_.name), {}};
    Sentences& words = finding.text;
    if (kind_.larger_is_better && mean_of(best) <= 0 && mean_of(*baseline_) <= 0) {
      words = no_score_words();
      return finding;
    }
    add_best(best, words);
    add_cheapest(best, words);
    add_list(" Measurably worse than the baseline: ", others(worse_, best), words);
    add_list(" Measurably better: ", others(better_, best), words);
    add_list(" Different if tested alone (◌), not after the correction for the number of methods: ",
             others(alone_, best), words);
    return finding;
  }

 private:
  const PooledDifference& difference(size_t i) const { return *kind_.accuracies[i].difference; }

  double mean_of(size_t i) const { return *kind_.accuracies[i].mean; }

  double gain(size_t i) const {
    return kind_.larger_is_better ? difference(i).mean : -difference(i).mean;
  }

  bool is_real(size_t i) const { return difference(i).is_real(); }

  void sort_out() {
    for (const size_t i : methods_) {
      if (is_real(i)) {
        (gain(i) < 0 ? worse_ : better_).push_back(i);
      } else {
        (difference(i).p < kSignificance ? alone_ : equal_).push_back(i);
      }
    }
  }

  std::string value(size_t i) const { return figure_text(mean_of(i), kind_.unit); }

  std::string cost(size_t i) const { return speedup_words(pooled_, i); }

  std::string verdict(size_t i) const {
    const PooledDifference& d = difference(i);
    if (too_few_to_tell(d.prompts)) return fmt::format("not tested: {}", kTooFew);
    if (is_real(i)) return gain(i) < 0 ? "real, for the worse" : "real, for the better";
    if (d.p < kSignificance) return "real taken alone (◌), not after the correction";
    const bool leaves_out = d.interval && (d.interval->low > 0 || d.interval->high < 0);
    return leaves_out ? "not shown to be real, though the interval leaves 0 out: the test decides"
                      : "not shown to be real";
  }

  /// Methods are tested against the baseline, not against one another.
  std::string leads(const PooledDifference& d, bool several) const {
    if (too_few_to_tell(d.prompts)) return several ? "are first" : "is first";
    return fmt::format("{} the {}", several ? "share" : "has",
                       kind_.larger_is_better ? "highest mean" : "lowest loss");
  }

  /// The best, and those whose mean is shown as the same.
  std::vector<std::string> leaders(size_t best) const {
    std::vector<std::string> labels{pooled_.labels[best]};
    for (const size_t i : methods_) {
      if (i != best && value(i) == value(best)) labels.push_back(pooled_.labels[i]);
    }
    return labels;
  }

  /// "SPTS has the highest mean of 3 methods: 12.6 points beside 12.9 of full. The difference of
  /// ..."
  void add_best(size_t best, Sentences& words) const {
    const PooledDifference& d = difference(best);
    const std::vector<std::string> labels = leaders(best);
    const bool several = labels.size() > 1;
    append(words, listed(labels, Emphasis::kAnswer));
    if (methods_.size() > 1) {
      words.push_back({fmt::format(" {} of {} methods", leads(d, several), methods_.size())});
    }
    words.push_back({fmt::format(": {} {} beside {} of ", value(best),
                                 kind_.unit == Unit::kPoints ? "points" : "nats per token",
                                 value(*baseline_))});
    words.push_back(named(pooled_.baseline));
    words.push_back({several ? ". Of " : ". "});
    if (several) words.push_back(named(labels.front()));
    words.push_back({fmt::format("{} difference of {} is {} (p {}, corrected over methods {}); {}.",
                                 several ? " the" : "The", difference_text(kind_, d), verdict(best),
                                 figure_text(d.p, Unit::kProbability),
                                 figure_text(d.corrected, Unit::kProbability), cost(best))});
  }

  std::string ideal(size_t i) const { return figure_text(pooled_.ideal[i], Unit::kRatio); }

  /// Of the methods that are not shown to be worse, the one that saves most; several where they
  /// promise the same as far as is shown.
  void add_cheapest(size_t best, Sentences& words) const {
    if (too_few_to_tell(difference(best).prompts)) return;
    Places unharmed = equal_;
    unharmed.insert(unharmed.end(), better_.begin(), better_.end());
    std::copy_if(alone_.begin(), alone_.end(), std::back_inserter(unharmed),
                 [this](size_t i) { return gain(i) >= 0; });
    const auto first =
        std::max_element(unharmed.begin(), unharmed.end(), [this](size_t a, size_t b) {
          return pooled_.ideal[a].value_or(0) < pooled_.ideal[b].value_or(0);
        });
    if (first == unharmed.end() || *first == best) return;
    std::vector<std::string> labels;
    for (const size_t i : unharmed) {
      if (ideal(i) == ideal(*first)) labels.push_back(pooled_.labels[i]);
    }
    words.push_back({" Of those not shown to be worse, "});
    append(words, listed(labels, Emphasis::kAnswer));
    words.push_back({labels.size() > 1
                         ? fmt::format(" save the most FLOPs: ideal speed-up {}.", ideal(*first))
                         : fmt::format(" saves the most FLOPs: {}, {}.",
                                       difference_text(kind_, difference(*first)), cost(*first))});
  }

  /// The best has been told of.
  static Places others(Places places, size_t best) {
    std::erase(places, best);
    return places;
  }

  void add_list(const char* what, const Places& places, Sentences& words) const {
    std::vector<std::string> names;
    for (const size_t i : places) names.push_back(pooled_.labels[i]);
    append_list(words, what, names);
  }

  const PooledTasks& pooled_;
  const PooledKind& kind_;
  std::optional<size_t> baseline_;
  Places methods_, worse_, better_, alone_, equal_;
};

}  // namespace

std::vector<Finding> pooled_findings(const PooledTasks& pooled) {
  std::vector<Finding> findings;
  Finding verdict = verdict_finding(pooled);
  if (!verdict.text.empty()) findings.push_back(std::move(verdict));
  for (const PooledKind& kind : pooled.kinds) {
    const KindFinding finding(pooled, kind);
    if (finding.is_known()) findings.push_back(finding.finding());
  }
  return findings;
}

}  // namespace skipbench
