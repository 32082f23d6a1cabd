#pragma once

#include <fmt/format.h>

#include <type_traits>
#include <utility>

#include "kernels/base/error.h"
#include "methods/interface/method.h"
#include "methods/interface/method_entry.h"

namespace skipbench {

/// What a method says of itself beside its parameters.
struct MethodIdentity {
  std::string_view name, summary, paper, fate;
  Decisions decides;  // every question that it answers, in the order in which they are asked
  /// Parameters, as JSON, with which it skips on a model of 8 layers and a prompt of some 60
  /// tokens: what the tests run every method with.
  std::string_view small = "{}";
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

template <class Params>
concept HasDeadParameters = requires(Params& params, const ModelConfig& config) {
  params.canonicalise(config);
};

/// The registry's entry of a method. Type is its Run (see MethodOf) or, where it learns from texts,
/// a Method constructed from Params and the model's shape. Params::select_everything() turns every
/// budget into "all tokens" and leaves the rest alone.
/// Where some parameters can make others dead, an optional Params::canonicalise(config) puts those
/// back to their defaults.
template <class Params, class Type>
MethodEntry method_entry(const MethodIdentity& identity) {
  return {.name = std::string(identity.name),
          .summary = std::string(identity.summary),
          .paper = std::string(identity.paper),
          .fate = std::string(identity.fate),
          .decides = identity.decides,
          .small = Json::parse(identity.small),
          .describe = &describe_parameters<Params>,
          .resolve =
              [](const Json& given, std::vector<ParameterProblem>& problems) {
                return write_parameters(read_parameters<Params>(given, problems));
              },
          .select_everything =
              [](const Json& resolved) {
                auto params = resolved_parameters<Params>(resolved);
                params.select_everything();
                return write_parameters(params);
              },
          .canonical =
              [](const Json& resolved, [[maybe_unused]] const ModelConfig& config) {
                auto params = resolved_parameters<Params>(resolved);
                if constexpr (HasDeadParameters<Params>) params.canonicalise(config);
                return write_parameters(params);
              },
          .make = [](const Json& resolved, const ModelConfig& config) -> std::unique_ptr<Method> {
            auto params = resolved_parameters<Params>(resolved);
            if constexpr (std::is_base_of_v<Method, Type>) {
              return std::make_unique<Type>(std::move(params), config);
            } else {
              return std::make_unique<MethodOf<Params, Type>>(std::move(params), config);
            }
          }};
}

}  // namespace skipbench
