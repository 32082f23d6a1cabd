#pragma once

#include "harness/tasks/metrics/metric.h"

namespace skipbench {

/// LongBench's retrieval score: count() against the number in the gold text's "Paragraph 12".
double retrieval(const ReplyAndGold& comparison);
inline constexpr Metric kRetrievalMetric{
    .name = "retrieval",
    .summary = "share of the reply's numbers that name the right paragraph (LongBench)",
    .score = retrieval};

/// The same for "段落12".
double retrieval_zh(const ReplyAndGold& comparison);
inline constexpr Metric kRetrievalZhMetric{
    .name = "retrieval_zh",
    .summary = "retrieval for Chinese paragraphs (LongBench)",
    .score = retrieval_zh};

}  // namespace skipbench
