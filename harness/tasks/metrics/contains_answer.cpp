#include "harness/tasks/metrics/contains_answer.h"

#include "harness/tasks/metrics/unicode.h"

namespace skipbench {

double contains_answer(const ReplyAndGold& comparison) {
  if (comparison.gold.empty()) return 0.0;
  const bool found = lower(comparison.prediction).find(lower(comparison.gold)) != std::string::npos;
  return found ? 1.0 : 0.0;
}

}  // namespace skipbench
