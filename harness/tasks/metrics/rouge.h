#pragma once

#include "harness/tasks/metrics/metric.h"

namespace skipbench {

/// ROUGE-L F1 of the Python package rouge 1.0.1, which LongBench uses: sentences end at full stops,
/// and the *different* words of the longest common subsequences of all pairs of sentences are set
/// against the different words of each side. Case counts, nothing is stemmed.
double rouge(const ReplyAndGold& comparison);

/// The same over Chinese words (see chinese/segmenter.h) joined by spaces.
double rouge_zh(const ReplyAndGold& comparison);

}  // namespace skipbench
