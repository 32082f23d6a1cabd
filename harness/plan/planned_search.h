#pragma once

#include <string>

#include "harness/experiment/experiment.h"
#include "harness/search/bisection.h"
#include "harness/search/scaled_parameter.h"

namespace skipbench {

struct Plan;

/// A search of the experiment on one model of its plan.
struct PlannedSearch {
  SearchSpec spec;
  size_t index = 0;  // of the search in the experiment
  size_t model = 0;  // of the plan
  ScaledParameter parameter;
  SearchRange range;
  std::string range_note;   // "": the range is the one that was asked for
  std::string preset_note;  // ResolvedMethod::preset_note

  MethodCell cell_at(double factor) const;
  /// Where a setting stands in tables: after the other labels, by search, then by factor.
  int64_t order_at(double factor) const;
};

/// Bounds the factors by what the parameter, the method's check and the model allow. Throws
/// InputError when nothing is left, the parameter has no value to scale, or the model or the tasks
/// cannot have the goal's figure.
PlannedSearch plan_search(const SearchSpec& spec, size_t index, size_t model, const Plan& plan);

}  // namespace skipbench
