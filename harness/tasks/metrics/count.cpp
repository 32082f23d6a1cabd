#include "harness/tasks/metrics/count.h"

#include "harness/tasks/metrics/share_of_numbers.h"

namespace skipbench {

double count(const ReplyAndGold& comparison) {
  return share_of_numbers(comparison.prediction, comparison.gold);
}

}  // namespace skipbench
