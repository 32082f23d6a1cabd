#include "harness/run/outcome_sum.h"

#include "harness/base/add_once.h"

namespace skipbench {

void add_outcome(RunOutcome& sum, const RunOutcome& part) {
  sum.rows += part.rows;
  sum.measured += part.measured;
  sum.reused += part.reused;
  sum.profiles += part.profiles;
  sum.seconds += part.seconds;
  sum.signal = part.signal;
  sum.harness_ms += part.harness_ms;
  for (const std::string& failure : part.failures) add_once(sum.failures, failure);
}

}  // namespace skipbench
