#pragma once

#include <cstdint>

#include "harness/experiment/experiment.h"
#include "harness/plan/plan.h"

namespace skipbench {

/// Worker processes that the experiment's `launcher` asks for, 0 without one; `device` as
/// PlanOptions has it. One per GPU where the file gives no number.
int64_t launched_workers(const Experiment& experiment, const std::string& device);

/// Whether each worker takes a GPU of its own for this model: unless the experiment names one.
bool is_spread(const PlannedModel& model);

/// Puts the models that are spread on this worker's GPU. Rows name the kind of GPU, not its index,
/// so their keys stay what they are.
void spread_over_gpus(Plan& plan, int worker);

/// Throws InputError unless the GPUs that so many workers take are of one kind: their rows go into
/// the same cells.
void require_equal_gpus(const Plan& plan, int64_t workers);

/// The workers of the busiest device.
int64_t workers_per_device(const Plan& plan, int64_t workers);

}  // namespace skipbench
