#include "harness/tasks/metrics/exact_match.h"

#include "harness/tasks/metrics/qa_f1.h"

namespace skipbench {

double exact_match(const ReplyAndGold& comparison) {
  return normalized_words(comparison.prediction) == normalized_words(comparison.gold) ? 1.0 : 0.0;
}

}  // namespace skipbench
