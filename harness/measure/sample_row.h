#pragma once

#include <optional>
#include <string>

#include "harness/measure/measure.h"
#include "harness/plan/planned.h"
#include "harness/reply/prepared_sample.h"
#include "harness/store/row.h"

namespace skipbench {

/// A row with what is known of a sample before it is measured.
SampleRow row_of_sample(const PlannedModel& model, const PreparedSample& prepared, RowKey key);

/// Adds times, counted work, activity and the layers' records.
void add_measurement(SampleRow& row, const Measurement& measured, const PlannedModel& model,
                     const MethodEntry& method);

/// Adds the prediction and the task's metrics of it.
void add_scores(SampleRow& row, const Task& task, const Sample& sample, std::string prediction);

/// What compares a method with the baseline on one sample.
struct Fidelity {
  std::optional<double> kl_first_token;  // empty for methods that cannot change the first token
  std::optional<double> kl_decoded;      // empty without an answer
  double greedy_match = 0;
};

/// Compares a method that decides such things with the baseline; wide logits on the device.
Fidelity fidelity_of(const Decisions& decides, const Measurement& measured,
                     const Measurement& reference, at::Device device);
void add_fidelity(SampleRow& row, const Fidelity& fidelity);

}  // namespace skipbench
