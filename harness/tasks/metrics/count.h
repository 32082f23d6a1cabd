#pragma once

#include "harness/tasks/metrics/metric.h"

namespace skipbench {

/// LongBench's count score: the share of the numbers in the prediction that equal the gold text;
/// 0 when it holds no number.
double count(const ReplyAndGold& comparison);
inline constexpr Metric kCountMetric{
    .name = "count",
    .summary = "share of the reply's numbers that are right (LongBench)",
    .score = count};

}  // namespace skipbench
