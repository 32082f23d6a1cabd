#pragma once

#include "harness/run/runner.h"

namespace skipbench {

/// Adds how a part of an experiment ended, but for samples out of memory, of which each part counts
/// its baseline's again.
void add_outcome(RunOutcome& sum, const RunOutcome& part);

}  // namespace skipbench
