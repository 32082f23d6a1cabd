#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/report/claims/claim_spec.h"
#include "harness/report/claims/measured_condition.h"

namespace skipbench {

/// A database with what was loaded from it.
struct ClaimSource {
  const StoreReader& reader;
  const std::vector<ExperimentData>& experiments;
};

/// A claim on one model of one experiment.
struct MeasuredClaim {
  const StoreReader* reader = nullptr;  // null: nothing holds its labels
  std::string experiment, model, label, against;
  std::vector<MeasuredCondition> conditions = {};
  ClaimVerdict verdict = ClaimVerdict::kNotMeasured;
  std::vector<const JudgedCell*> cells = {};  // both labels', on the claim's tasks
  std::vector<std::string> notes = {};        // Comparison::notes
};

/// What the sources, which must outlive it, say of a claim: one entry a model, experiment and pair
/// of labels, or the only one without a model.
std::vector<MeasuredClaim> measure_claim(const ClaimSpec& claim,
                                         std::span<const ClaimSource> sources);

}  // namespace skipbench
