#pragma once

#include "harness/tasks/metrics/metric.h"

namespace skipbench {

/// LongBench's retrieval score: count() against the number in the gold text's "Paragraph 12".
double retrieval(const ReplyAndGold& comparison);

/// The same for "段落12".
double retrieval_zh(const ReplyAndGold& comparison);

}  // namespace skipbench
