#pragma once

#include "harness/tasks/metrics/metric.h"

namespace skipbench {

/// rouge() over Chinese words (see chinese/segmenter.h) joined by spaces.
double rouge_zh(const ReplyAndGold& comparison);

}  // namespace skipbench
