#include "harness/report/findings/verdict_finding.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace skipbench {
namespace {

const PooledKind* find_kind(const PooledTasks& pooled, bool larger_is_better) {
  for (const PooledKind& kind : pooled.kinds) {
    if (kind.larger_is_better == larger_is_better) return &kind;
  }
  return nullptr;
}

/// The label's difference to the baseline over all tasks; null without one that a test can judge.
/// A method that skipped nothing is not judged.
const PooledDifference* tested(const PooledTasks& pooled, const PooledKind& kind, size_t label) {
  const auto& difference = kind.accuracies[label].difference;
  const bool is_tested = difference && !too_few_to_tell(difference->prompts);
  return is_tested && pooled.competes(kind, label) ? &*difference : nullptr;
}

bool is_worse(const PooledKind& kind, const PooledDifference& difference) {
  return difference.is_real() && (difference.mean < 0) == kind.larger_is_better;
}

/// Methods by what they are shown to be worse in: nothing, loss alone, score alone, both; and those
/// that lack a task, or samples enough, for a verdict, or were inactive on every task.
using Groups = std::array<std::vector<size_t>, 5>;
constexpr size_t kNeither = 0, kLossAlone = 1, kScoreAlone = 2, kBoth = 3, kUntested = 4;

Groups group(const PooledTasks& pooled, const PooledKind& score, const PooledKind& loss) {
  Groups groups;
  for (size_t i = 0; i < pooled.labels.size(); ++i) {
    const PooledDifference* by_score = tested(pooled, score, i);
    const PooledDifference* by_loss = tested(pooled, loss, i);
    if (by_score == nullptr || by_loss == nullptr) {
      if (pooled.labels[i] != pooled.baseline) groups[kUntested].push_back(i);
      continue;
    }
    const size_t place = (is_worse(score, *by_score) ? kScoreAlone : kNeither) +
                         (is_worse(loss, *by_loss) ? kLossAlone : kNeither);
    groups[place].push_back(i);
  }
  return groups;
}

std::vector<std::string> labels_of(const PooledTasks& pooled, const std::vector<size_t>& places) {
  std::vector<std::string> labels;
  for (const size_t i : places) labels.push_back(pooled.labels[i]);
  return labels;
}

/// The figures of one method, side by side.
std::string figures_of(const PooledTasks& pooled, const PooledKind& score, const PooledKind& loss,
                       size_t i) {
  const PooledDifference& by_loss = *loss.accuracies[i].difference;
  const std::string kl =
      pooled.kl[i] ? ", KL to full attention " + figure_text(pooled.kl[i], Unit::kNats) : "";
  return fmt::format(
      ": score {} points, loss of the right answer {} nats per token ({} the perplexity){}; {}.",
      difference_text(score, *score.accuracies[i].difference), difference_text(loss, by_loss),
      figure_text(std::exp(by_loss.mean), Unit::kRatio), kl, speedup_words(pooled, i));
}

}  // namespace

Finding verdict_finding(const PooledTasks& pooled) {
  const PooledKind* score = find_kind(pooled, true);
  const PooledKind* loss = find_kind(pooled, false);
  if (score == nullptr || loss == nullptr) return {};
  const Groups groups = group(pooled, *score, *loss);
  const auto judged_end = groups.begin() + kUntested;
  const auto least_harm =
      std::find_if(groups.begin(), judged_end, [](const auto& places) { return !places.empty(); });
  if (least_harm == judged_end) return {};
  Finding finding{fmt::format("All {} tasks together, the verdict", pooled.tasks), {}};
  Sentences& words = finding.text;
  if (groups[kNeither].empty()) {
    words = {{groups[kUntested].empty()
                  ? "Every method is shown to be worse than "
                  : "Every method that could be tested is shown to be worse than "},
             named(pooled.baseline),
             {" in score or in loss of the right answer."}};
  } else {
    words = {{"Shown to be worse than "}, named(pooled.baseline)};
    append_list(words, " in neither score nor loss of the right answer: ",
                labels_of(pooled, groups[kNeither]));
  }
  append_list(words,
              " Worse in loss, not shown to be in score: ", labels_of(pooled, groups[kLossAlone]));
  append_list(words,
              " Worse in score, not shown to be in loss: ", labels_of(pooled, groups[kScoreAlone]));
  append_list(words, " Worse in both: ", labels_of(pooled, groups[kBoth]));
  append_list(words, " Not judged (lacking tasks or samples, or never active): ",
              labels_of(pooled, groups[kUntested]));
  // Of scores that are printed alike, the one of less loss.
  const auto shown = [&](size_t i) { return figure_text(score->accuracies[i].mean, score->unit); };
  const size_t best =
      *std::max_element(least_harm->begin(), least_harm->end(), [&](size_t a, size_t b) {
        if (shown(a) == shown(b)) return *loss->accuracies[a].mean > *loss->accuracies[b].mean;
        return *score->accuracies[a].mean < *score->accuracies[b].mean;
      });
  words.push_back({" "});
  words.push_back(named(pooled.labels[best], Emphasis::kAnswer));
  words.push_back({figures_of(pooled, *score, *loss, best)});
  return finding;
}

}  // namespace skipbench
