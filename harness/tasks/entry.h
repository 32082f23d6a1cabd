#pragma once

#include <fmt/format.h>

#include "harness/tasks/task.h"
#include "kernels/base/error.h"

namespace skipbench {

/// The registry's line for a task: a class with a nested struct Params
/// (methods/interface/parameters.h) and a constructor from (Params, seed).
template <class TaskType>
TaskEntry task_entry(std::string_view name, std::string_view summary) {
  using Params = typename TaskType::Params;
  return {name, summary, &describe_parameters<Params>,
          [](const Json& given, std::vector<ParameterProblem>& problems) {
            return write_parameters(read_parameters<Params>(given, problems));
          },
          [](const Json& resolved, uint64_t seed) -> std::unique_ptr<Task> {
            std::vector<ParameterProblem> problems;
            auto params = read_parameters<Params>(resolved, problems);
            if (!problems.empty()) {
              throw ContractError(fmt::format("task parameters that were not resolved: {}: {}",
                                              problems[0].key, problems[0].message));
            }
            return std::make_unique<TaskType>(std::move(params), seed);
          }};
}

}  // namespace skipbench
