#pragma once

#include "harness/tasks/metrics/metric.h"

namespace skipbench {

/// rouge() over Chinese words (see chinese/segmenter.h) joined by spaces.
double rouge_zh(const ReplyAndGold& comparison);
inline constexpr Metric kRougeZhMetric{.name = "rouge_zh",
                                       .summary = "rouge over Chinese words (LongBench)",
                                       .score = rouge_zh,
                                       .needs_chinese_words = true};

}  // namespace skipbench
