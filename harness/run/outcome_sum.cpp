#include "harness/run/outcome_sum.h"

#include "harness/base/add_once.h"

namespace skipbench {

void add_outcome(RunOutcome& sum, const RunOutcome& part) {
  const double harness_ms = sum.harness_ms_per_row * static_cast<double>(sum.measured) +
                            part.harness_ms_per_row * static_cast<double>(part.measured);
  sum.rows += part.rows;
  sum.measured += part.measured;
  sum.reused += part.reused;
  sum.profiles += part.profiles;
  sum.seconds += part.seconds;
  sum.signal = part.signal;
  if (sum.measured > 0) sum.harness_ms_per_row = harness_ms / static_cast<double>(sum.measured);
  for (const std::string& failure : part.failures) add_once(sum.failures, failure);
}

}  // namespace skipbench
