#pragma once

#include <filesystem>
#include <string>

#include "harness/plan/plan.h"

namespace skipbench {

/// What --dry-run prints: models, cells with prompt lengths and sample counts, methods and what
/// they have to learn first, and an upper bound of the time at a rate measured now.
std::string describe_plan(const Plan& plan);

/// How many of the rows of the plan's labels the database holds already, failed ones among them;
/// the settings that a search will try are not known yet. Throws InputError for a file that cannot
/// be read or is no database of this program.
std::string describe_stored(const Plan& plan, const std::filesystem::path& database);

/// Seconds that so much prefill work takes on the model's device, at a rate measured now.
double model_seconds(const PlannedModel& model, double flops);

/// A line for each label and search whose `preset: auto` was scaled to a model; "" when none was.
std::string describe_presets(const Plan& plan);

/// A line for each label that computes what an earlier one does: same method and same parameters,
/// or they differ in nothing that matters on the model (MethodEntry::canonical). "" when all
/// differ.
std::string describe_equal_labels(const Plan& plan);

/// A line for each subset that is measured and whose data the methods are calibrated on; "" when
/// there is none.
std::string describe_calibration_overlap(const Plan& plan);

}  // namespace skipbench
