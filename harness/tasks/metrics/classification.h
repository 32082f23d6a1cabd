#pragma once

#include "harness/tasks/metrics/metric.h"

namespace skipbench {

/// LongBench's classification score: of the classes that stand in the prediction, those that are
/// part of the gold class's name are dropped; 1 / how many are left when the gold class is among
/// them, else 0.
double classification(const ReplyAndGold& comparison);
inline constexpr Metric kClassificationMetric{
    .name = "classification",
    .summary = "the one class named in the reply is right (LongBench)",
    .score = classification,
    .needs_classes = true};

}  // namespace skipbench
