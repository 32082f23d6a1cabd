#include "harness/report/page/pooled_findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "harness/report/standing.h"

namespace skipbench {
namespace {

/// Labels, by their places among the pooled.
using Places = std::vector<size_t>;

/// One kind of accuracy, and the methods that have all tasks and a difference to the baseline.
class KindFinding {
 public:
  KindFinding(const PooledTasks& pooled, const PooledKind& kind) : pooled_(pooled), kind_(kind) {
    for (size_t i = 0; i < pooled.labels.size(); ++i) {
      const bool whole = kind.accuracies[i].tasks == pooled.tasks;
      if (whole && pooled.labels[i] == pooled.baseline) baseline_ = i;
      if (whole && kind.accuracies[i].difference) methods_.push_back(i);
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
    add_list(" Really worse than the baseline: ", others(worse_, best), words);
    add_list(" Really better: ", others(better_, best), words);
    add_list(" Different taken alone (◌), not after the correction for the number of methods: ",
             others(alone_, best), words);
    return finding;
  }

 private:
  const PooledDifference& difference(size_t i) const { return *kind_.accuracies[i].difference; }

  double mean_of(size_t i) const { return *kind_.accuracies[i].mean; }

  double gain(size_t i) const {
    return kind_.larger_is_better ? difference(i).mean : -difference(i).mean;
  }

  bool is_real(size_t i) const { return difference(i).corrected < kSignificance; }

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

  std::string cost(size_t i) const {
    const std::string promised = figure_text(pooled_.promised[i], Unit::kRatio);
    const auto& measured = pooled_.measured[i];
    if (!measured) return fmt::format("its saved FLOPs promise a speed-up of {}", promised);
    return fmt::format("{} as fast to the first token, where its saved FLOPs promise {}",
                       figure_text(measured, Unit::kRatio), promised);
  }

  std::string verdict(size_t i) const {
    const PooledDifference& d = difference(i);
    if (too_few_to_tell(d.prompts)) return fmt::format("not tested: {}", kTooFew);
    if (is_real(i)) return gain(i) < 0 ? "real, for the worse" : "real, for the better";
    if (d.p < kSignificance) return "real taken alone (◌), not after the correction";
    return "not shown to be real";
  }

  /// Methods are tested against the baseline, not against one another.
  const char* leads(const PooledDifference& d) const {
    if (too_few_to_tell(d.prompts)) return "is first";
    return kind_.larger_is_better ? "has the highest mean" : "has the lowest loss";
  }

  /// "SPTS has the highest mean of 3 methods: 12.6 points beside 12.9 of full. The difference of
  /// ..."
  void add_best(size_t best, Sentences& words) const {
    const PooledDifference& d = difference(best);
    words.push_back({pooled_.labels[best], Emphasis::kAnswer});
    if (methods_.size() > 1)
      words.push_back({fmt::format(" {} of {} methods", leads(d), methods_.size())});
    words.push_back({fmt::format(": {} {} beside {} of ", value(best),
                                 kind_.unit == Unit::kPoints ? "points" : "nats per token",
                                 value(*baseline_))});
    words.push_back({pooled_.baseline, Emphasis::kName});
    words.push_back(
        {fmt::format(". The difference of {} is {} (p {}, corrected over methods {}); {}.",
                     difference_text(kind_, d), verdict(best), figure_text(d.p, Unit::kProbability),
                     figure_text(d.corrected, Unit::kProbability), cost(best))});
  }

  /// Of the methods that are not shown to be worse, the one that saves most.
  void add_cheapest(size_t best, Sentences& words) const {
    if (too_few_to_tell(difference(best).prompts)) return;
    const auto promised = [this](size_t i) { return pooled_.promised[i].value_or(0); };
    Places unharmed = equal_;
    unharmed.insert(unharmed.end(), better_.begin(), better_.end());
    std::copy_if(alone_.begin(), alone_.end(), std::back_inserter(unharmed),
                 [this](size_t i) { return gain(i) >= 0; });
    const auto cheapest =
        std::max_element(unharmed.begin(), unharmed.end(),
                         [&](size_t a, size_t b) { return promised(a) < promised(b); });
    if (cheapest == unharmed.end() || *cheapest == best) return;
    words.push_back({" Of those not shown to be worse, "});
    words.push_back({pooled_.labels[*cheapest], Emphasis::kAnswer});
    words.push_back({fmt::format(" saves most FLOPs: {}, {}.",
                                 difference_text(kind_, difference(*cheapest)), cost(*cheapest))});
  }

  /// The best has been told of.
  static Places others(Places places, size_t best) {
    std::erase(places, best);
    return places;
  }

  void add_list(const char* what, const Places& places, Sentences& words) const {
    if (places.empty()) return;
    words.push_back({what});
    std::vector<std::string> names;
    for (const size_t i : places) names.push_back(pooled_.labels[i]);
    for (Phrase& phrase : listed(names)) words.push_back(std::move(phrase));
    words.push_back({"."});
  }

  const PooledTasks& pooled_;
  const PooledKind& kind_;
  std::optional<size_t> baseline_;
  Places methods_, worse_, better_, alone_, equal_;
};

}  // namespace

std::vector<Finding> pooled_findings(const PooledTasks& pooled) {
  std::vector<Finding> findings;
  for (const PooledKind& kind : pooled.kinds) {
    const KindFinding finding(pooled, kind);
    if (finding.is_known()) findings.push_back(finding.finding());
  }
  return findings;
}

}  // namespace skipbench
