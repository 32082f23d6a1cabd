#pragma once

#include <cstdint>
#include <vector>

#include "harness/plan/plan.h"

namespace skipbench {

/// The plan's tasks for one model with other methods, the first of which is the baseline; `samples`
/// of each subset, 0: all.
Plan part_of(const Plan& plan, const PlannedModel& model, std::vector<PlannedMethod> methods,
             int64_t samples = 0);

/// The plan's labels without a sample to measure.
Plan without_samples(Plan plan);

/// The plan's labels by the blocks of rounds in which they are measured: first those of block 0 on
/// all models, then one part for each further block of a model, the baseline beside its labels.
std::vector<Plan> parts_by_block(const Plan& plan);

}  // namespace skipbench
