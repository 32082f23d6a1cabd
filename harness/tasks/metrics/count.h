#pragma once

#include "harness/tasks/metrics/metric.h"

namespace skipbench {

/// LongBench's count score: the share of the numbers in the prediction that equal the gold text;
/// 0 when it holds no number.
double count(const ReplyAndGold& comparison);

/// LongBench's retrieval score: the same against the number in the gold text's "Paragraph 12".
double retrieval(const ReplyAndGold& comparison);

/// The same for "段落12".
double retrieval_zh(const ReplyAndGold& comparison);

}  // namespace skipbench
