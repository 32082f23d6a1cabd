#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/report/claims/claim_spec.h"
#include "harness/report/claims/verdict.h"
#include "harness/report/report_data.h"

namespace skipbench {

/// A database with what was loaded from it.
struct ClaimSource {
  const StoreReader& reader;
  const std::vector<ExperimentData>& experiments;
};

/// A condition's figure over those of the claim's tasks that show it on both sides: of differences
/// the mean over tasks of equal weight, of times the geometric mean of paired ratios.
struct MeasuredCondition {
  Condition condition;
  std::optional<double> value = std::nullopt;
  std::optional<Interval> interval = std::nullopt;  // 95%; of a counted figure the figure itself
  int64_t n = 0;                   // paired samples; of times, paired samples x rounds
  size_t tasks = 0, of_tasks = 0;  // behind the figure, and that the claim has here
  size_t inactive_tasks = 0;       // on which the label skipped nothing, though not on all
  std::string reason = "";         // why a figure, tasks or the interval are missing
  Verdict verdict = Verdict::kNotMeasured;
};

/// A claim on one model of one experiment.
struct MeasuredClaim {
  const StoreReader* reader = nullptr;  // null: nothing holds its labels
  std::string experiment, model, label, against;
  std::vector<MeasuredCondition> conditions;
  Verdict verdict = Verdict::kNotMeasured;
  std::vector<const JudgedCell*> cells;  // both labels', on the claim's tasks
  std::vector<std::string> notes;        // Comparison::notes
};

/// What the sources, which must outlive it, say of a claim: one entry a model, experiment and pair
/// of labels, or the only one without a model. Statistics are those of compare_two(). A cell counts
/// where tables show its figures; that of an inactive method counts among active ones as it does in
/// means over tasks, and alone says nothing. Accuracy of random weights and times that are too fast
/// or ran off their kernels are withheld.
std::vector<MeasuredClaim> measure_claim(const ClaimSpec& claim,
                                         std::span<const ClaimSource> sources);

}  // namespace skipbench
