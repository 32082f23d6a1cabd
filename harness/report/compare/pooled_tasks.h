#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/report/compare/pair_tables.h"
#include "harness/report/judge/report_data.h"
#include "harness/report/judge/standing.h"

namespace skipbench {

/// A difference to another label over tasks of equal weight, method - other on the same samples.
struct PooledDifference {
  double mean = 0;
  std::optional<Interval> interval;  // PairedDifference::interval
  double p = 1, corrected = 1;       // for the number of methods (Holm)
  int64_t prompts = 0;
};

/// A method's accuracy over the tasks on which it has it. A mean over other tasks, or over fewer
/// samples, than other methods have cannot be compared with theirs and is marked.
struct PooledAccuracy {
  size_t tasks = 0;
  std::optional<double> mean;
  std::optional<PooledDifference> difference;  // empty for the baseline, and where none is known
  bool complete = true;  // with as many samples of each of these tasks as any label has
  std::optional<double> error = std::nullopt;  // of the mean, where it may be shown
  Standing standing = {};                      // rank_pooled()
  std::optional<PooledDifference> to_best = std::nullopt;
};

/// One kind of accuracy, with a PooledAccuracy for every label.
struct PooledKind {
  const char* name;  // "score", "loss of the right answer"
  Unit unit, delta;
  bool larger_is_better;
  std::vector<PooledAccuracy> accuracies;
};

/// What a model's tasks say together, each of equal weight and by its main metric. A task on which
/// a method was inactive counts by what was measured there, which is full attention's, so that all
/// methods are averaged over the same tasks.
struct PooledTasks {
  size_t tasks = 0;
  std::string baseline;
  std::vector<std::string> labels = {};  // in the experiment's order
  // By label, on how many tasks it has accuracies, and on how many of these it skipped something.
  std::vector<size_t> measured_tasks = {}, active_tasks = {};
  // By label over the measured tasks, empty where one of them has none or all are inactive:
  // geometric means of speed-ups to the first token, ideal and measured; means of the KV cache's
  // share of full attention's and of the first token's divergence.
  std::vector<std::optional<double>> ideal = {};
  std::vector<MeanRatio> measured = {};
  std::vector<std::string> marks = {};  // speedup_mark() of the tasks
  std::vector<std::optional<double>> kv_ratio = {}, kl = {};
  std::vector<PooledKind> kinds = {};  // those that a label has

  /// Whether the label's accuracy is one of all tasks and samples.
  bool is_whole(const PooledKind& kind, size_t label) const {
    const PooledAccuracy& accuracy = kind.accuracies[label];
    return accuracy.tasks == tasks && accuracy.complete;
  }
  /// The same of a method that did something: others are full attention under another name.
  bool competes(const PooledKind& kind, size_t label) const {
    return is_whole(kind, label) && active_tasks[label] > 0;
  }
};

/// Differences are those of `pairs`. Empty without accuracies.
std::optional<PooledTasks> pool_tasks(const ModelCells& model, const PairedLabels& pairs);

/// As rank_cells() does of one task: finds the best mean of each kind, and what cannot be told from
/// it, among the labels that compete. Pairs that are not among `pairs` are compared anew; nothing
/// is ranked where these are empty, for there are too many samples.
void rank_pooled(const StoreReader& reader, const ModelCells& model, const PairedLabels& pairs,
                 PooledTasks& pooled);

/// For people, "–" without a value.
std::string figure_text(const std::optional<double>& value, Unit unit);

/// The measured speed-up with its interval and its marks.
std::string measured_text(const PooledTasks& pooled, size_t label);

/// "-1.2 [-2.0, -0.4]".
std::string difference_text(const PooledKind& kind, const PooledDifference& difference);

}  // namespace skipbench
