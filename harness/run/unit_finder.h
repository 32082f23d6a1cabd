#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "harness/measure/unit.h"
#include "harness/plan/plan.h"
#include "harness/store/store.h"

namespace skipbench {

/// Which sample of a plan.
struct SamplePlace {
  size_t model, task, subset;
  int64_t index;  // of the sample in the subset
};

/// All samples of a plan, model by model.
std::vector<SamplePlace> sample_places(const Plan& plan);

/// Finds the plan's samples.
class UnitFinder {
 public:
  explicit UnitFinder(const Plan& plan);

  /// The sample and its rows' keys, nothing of it missing; without its prompt, which takes longer.
  WorkUnit find(const SamplePlace& place) const;
  /// Adds the prompt to the sample that was found there.
  void add_prompt(WorkUnit& unit, const SamplePlace& place) const;

 private:
  const Plan& plan_;
  std::vector<PromptBuilder> prompts_;  // by model
};

/// Asks the database which of the unit's rows it lacks, which also tells it that this run asked for
/// them.
void look_up(WorkUnit& unit, const Store& store);

/// Measured and missing rows together.
int64_t row_count(const WorkUnit& unit);

}  // namespace skipbench
