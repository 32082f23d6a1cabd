#pragma once

#include <fmt/format.h>

#include "kernels/base/error.h"
#include "methods/method.h"
#include "methods/registry.h"

namespace skipbench {

/// What a method says of itself beside its parameters.
struct MethodIdentity {
  std::string_view name, summary, paper, fate;
};

/// Params from JSON that resolve() made. Anything wrong with it is our own fault.
template <class Params>
Params resolved_parameters(const Json& resolved) {
  std::vector<ParameterProblem> problems;
  Params params = read_parameters<Params>(resolved, problems);
  if (!problems.empty()) {
    throw ContractError(fmt::format("parameters that were not resolved: {}: {}", problems[0].key,
                                    problems[0].message));
  }
  return params;
}

/// The registry's line for a method: MethodType is constructed from Params, and
/// Params::select_everything() turns every budget into "all tokens" and leaves the rest alone.
template <class Params, class MethodType>
MethodEntry method_entry(const MethodIdentity& identity) {
  return {identity.name,
          identity.summary,
          identity.paper,
          identity.fate,
          &describe_parameters<Params>,
          [](const Json& given, std::vector<ParameterProblem>& problems) {
            return write_parameters(read_parameters<Params>(given, problems));
          },
          [](const Json& resolved) {
            auto params = resolved_parameters<Params>(resolved);
            params.select_everything();
            return write_parameters(params);
          },
          [](const Json& resolved) -> std::unique_ptr<Method> {
            return std::make_unique<MethodType>(resolved_parameters<Params>(resolved));
          }};
}

}  // namespace skipbench
