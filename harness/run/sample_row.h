#pragma once

#include <string>

#include "harness/run/measure.h"
#include "harness/run/planned.h"
#include "harness/run/prepared_sample.h"
#include "harness/store/row.h"

namespace skipbench {

/// A row with what is known of a sample before it is measured.
SampleRow row_of_sample(const PlannedModel& model, const PreparedSample& prepared, RowKey key);

/// Adds times, counted work, activity and the layers' records.
void add_measurement(SampleRow& row, const Measurement& measured, const PlannedModel& model,
                     const MethodEntry& method);

/// Adds the prediction and the task's metrics of it.
void add_scores(SampleRow& row, const Task& task, const Sample& sample, std::string prediction);

/// Adds what compares a measurement with the baseline's of the same sample.
void add_fidelity(SampleRow& row, const Measurement& measured, const Measurement& reference);

}  // namespace skipbench
