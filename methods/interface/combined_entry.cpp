#include "methods/interface/combined_entry.h"

#include <fmt/format.h>

#include <functional>
#include <memory>
#include <utility>

#include "methods/interface/combined.h"

namespace skipbench {
namespace {

constexpr const char* kThen = "then";

// The parameters of `first` alone; those of the other go to `then`.
Json split(const Json& params, Json& then) {
  Json first = params;
  then = Json::object();
  if (first.is_object() && first.contains(kThen)) {
    then = first.at(kThen);
    first.erase(kThen);
  }
  return first;
}

// Each method's own conversion of its own part of the parameters.
Json convert_parts(const Json& params, const std::function<Json(const Json&)>& first,
                   const std::function<Json(const Json&)>& then) {
  Json behind;
  Json converted = first(split(params, behind));
  converted[kThen] = then(behind);
  return converted;
}

std::vector<FieldDescription> describe_both(const MethodEntry& first, const MethodEntry& then) {
  std::vector<FieldDescription> fields = first.describe();
  for (FieldDescription& field : then.describe()) {
    field.name = fmt::format("{}.{}", kThen, field.name);
    fields.push_back(std::move(field));
  }
  return fields;
}

Json resolve_both(const MethodEntry& first, const MethodEntry& then, const Json& given,
                  std::vector<ParameterProblem>& problems) {
  Json behind;
  Json resolved = first.resolve(split(given, behind), problems);
  std::vector<ParameterProblem> found;
  resolved[kThen] = then.resolve(behind, found);
  for (const ParameterProblem& problem : found) {
    problems.push_back(
        {problem.key.empty() ? kThen : fmt::format("{}.{}", kThen, problem.key), problem.message});
  }
  return resolved;
}

}  // namespace

MethodEntry combined_method(const MethodEntry& first, const MethodEntry& then) {
  MethodEntry both;
  both.name = fmt::format("{}+{}", first.name, then.name);
  both.summary = fmt::format("{}, then {}", first.name, then.name);
  both.paper = fmt::format("{} and {}", first.paper, then.paper);
  both.fate = fmt::format("{}: {}. {}: {}", first.name, first.fate, then.name, then.fate);
  both.decides = first.decides;
  both.decides.insert(both.decides.end(), then.decides.begin(), then.decides.end());
  both.parts = {first.name, then.name};
  both.describe = [=] { return describe_both(first, then); };
  both.resolve = [=](const Json& given, std::vector<ParameterProblem>& problems) {
    return resolve_both(first, then, given, problems);
  };
  both.select_everything = [=](const Json& resolved) {
    return convert_parts(resolved, first.select_everything, then.select_everything);
  };
  both.canonical = [=](const Json& resolved, const ModelConfig& config) {
    return convert_parts(
        resolved, [&](const Json& own) { return first.canonical(own, config); },
        [&](const Json& own) { return then.canonical(own, config); });
  };
  both.make = [=](const Json& resolved, const ModelConfig& config) -> std::unique_ptr<Method> {
    Json behind;
    const Json own = split(resolved, behind);
    return std::make_unique<Combined>(
        Combined::Part{first.name, first.decides, first.make(own, config)},
        Combined::Part{then.name, then.decides, then.make(behind, config)});
  };
  return both;
}

}  // namespace skipbench
