#pragma once

#include "harness/tasks/metrics/metric.h"

namespace skipbench {

/// ROUGE-L F1 of the Python package rouge 1.0.1, which LongBench uses: sentences end at full stops,
/// and the *different* words of the longest common subsequences of all pairs of sentences are set
/// against the different words of each side. Case counts, nothing is stemmed.
double rouge(const ReplyAndGold& comparison);
inline constexpr Metric kRougeMetric{
    .name = "rouge", .summary = "ROUGE-L F1 as in package rouge 1.0.1 (LongBench)", .score = rouge};

/// The same of texts whose words are set apart. The package walks back by recursion, and Python
/// gives up at `most_moves`: the score is then 0.
double rouge_l(std::string_view prediction, std::string_view gold, size_t most_moves);

}  // namespace skipbench
