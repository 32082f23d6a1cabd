#pragma once

#include "harness/tasks/metrics/metric.h"

namespace skipbench {

/// RULER's string match: 1 when the gold answer is a substring of the prediction, both in lower
/// case, else 0. An empty gold answer is contained in nothing.
double contains_answer(const ReplyAndGold& comparison);
inline constexpr Metric kContainsAnswerMetric{
    .name = "contains_answer",
    .summary = "the answer stands in the reply, upper or lower case",
    .score = contains_answer};

}  // namespace skipbench
