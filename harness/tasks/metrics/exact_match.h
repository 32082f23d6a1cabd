#pragma once

#include "harness/tasks/metrics/metric.h"

namespace skipbench {

/// SQuAD's exact match: 1 when prediction and gold have the same normalised words in the same order
/// (see normalized_words), else 0.
double exact_match(const ReplyAndGold& comparison);
inline constexpr Metric kExactMatchMetric{.name = "exact_match",
                                          .summary = "normalised words are the same (SQuAD)",
                                          .score = exact_match};

}  // namespace skipbench
