#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/report/claims/condition.h"
#include "harness/report/claims/verdict.h"
#include "harness/report/judge/report_data.h"

namespace skipbench {

/// Two labels on one model, with their cells on the tasks of a claim; the second may lack one.
struct LabelPair {
  struct Task {
    const JudgedCell *label, *against;
  };

  const StoreReader& reader;
  const ModelCells& model;
  std::string label, against;
  std::vector<Task> tasks = {};
};

/// A condition's figure over those of the tasks that show it on both sides: of differences the mean
/// over tasks of equal weight, of times the geometric mean of paired ratios.
struct MeasuredCondition {
  Condition condition;
  std::optional<double> value = std::nullopt;
  std::optional<Interval> interval = std::nullopt;  // 95%; of a counted figure the figure itself
  int64_t n = 0;                   // paired samples; of times, paired samples x rounds
  size_t tasks = 0, of_tasks = 0;  // behind the figure, and that the claim has here
  size_t inactive_tasks = 0;       // on which the label skipped nothing, though not on all
  std::string reason = "";         // why a figure, tasks or the interval are missing
  ClaimVerdict verdict = ClaimVerdict::kNotMeasured;
};

/// Statistics are those of compare_two(), whose notes are added to `notes`. A cell counts where
/// tables show its figures; accuracy of an inactive method counts among active ones as it does
/// in means over tasks, and alone says nothing; its times never count. Accuracy of random weights,
/// and times that are too fast, ran off their kernels or waited for the host, are withheld.
MeasuredCondition measure_condition(const Condition& condition, const LabelPair& pair,
                                    std::vector<std::string>& notes);

}  // namespace skipbench
