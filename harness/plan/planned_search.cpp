#include "harness/plan/planned_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/plan/plan.h"
#include "kernels/base/error.h"
#include "methods/interface/method.h"
#include "methods/interface/registry.h"

namespace skipbench {
namespace {

constexpr double kDefaultLow = 0.1, kDefaultHigh = 10;

/// Which factors give parameters that the method and the model take.
class AllowedFactors {
 public:
  AllowedFactors(const MethodEntry& method, const ScaledParameter& parameter,
                 const ModelConfig& config)
      : method_(method), parameter_(parameter), config_(config) {}

  /// Why not; "" when the factor is allowed.
  std::string problem_at(double factor) const {
    std::vector<ParameterProblem> problems;
    const Json resolved = method_.resolve(parameter_.params_at(factor), problems);
    if (!problems.empty()) {
      return fmt::format("'{}': {}", problems.front().key, problems.front().message);
    }
    try {
      method_.make(resolved, config_);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }
  bool allows(double factor) const { return problem_at(factor).empty(); }

  /// The factor nearest to `refused` that is allowed, seen from `allowed`.
  double nearest_to(double refused, double allowed) const {
    constexpr int kHalvings = 24;
    for (int i = 0; i < kHalvings; ++i) {
      const double middle = std::sqrt(refused * allowed);
      (allows(middle) ? allowed : refused) = middle;
    }
    const double rounded = rounded_factor(allowed);
    return allows(rounded) ? rounded : allowed;
  }

 private:
  const MethodEntry& method_;
  const ScaledParameter& parameter_;
  const ModelConfig& config_;
};

// A factor within the range from which the ends can be looked for.
double any_allowed(const AllowedFactors& factors, const SearchRange& range) {
  for (const double factor : {1.0, range.low, range.high, std::sqrt(range.low * range.high)}) {
    if (factor >= range.low && factor <= range.high && factors.allows(factor)) return factor;
  }
  throw InputError(fmt::format("no factor from {:.4g} to {:.4g} is allowed: {}", range.low,
                               range.high, factors.problem_at(range.low)));
}

SearchRange wanted_range(const SearchSpec& spec, const ScaledParameter& parameter) {
  SearchRange range{.tolerance = spec.tolerance, .steps = spec.steps};
  const double saturation = parameter.saturation();
  range.high = rounded_factor(spec.high.value_or(std::min(saturation, kDefaultHigh)));
  range.low = rounded_factor(spec.low.value_or(std::min(kDefaultLow, range.high)));
  if (range.low > range.high) {
    throw InputError(fmt::format("'low' is {:.4g}, but from {:.4g} on '{}' is the whole prompt",
                                 range.low, range.high, parameter.name()));
  }
  return range;
}

std::string narrow(SearchRange& range, const AllowedFactors& factors) {
  const double inside = any_allowed(factors, range);
  std::string note;
  for (double* end : {&range.low, &range.high}) {
    const std::string problem = factors.problem_at(*end);
    if (problem.empty()) continue;
    const double refused = *end;
    *end = factors.nearest_to(refused, inside);
    note +=
        fmt::format("{}x {:.4g} is not allowed ({})", note.empty() ? "" : "; ", refused, problem);
  }
  return note;
}

bool has_metrics(const Plan& plan) {
  return std::any_of(plan.tasks.begin(), plan.tasks.end(),
                     [](const PlannedTask& task) { return !task.task->metrics().empty(); });
}

void check_figure(const Goal& goal, const PlannedModel& model, const Plan& plan) {
  if (goal.kind == Goal::Kind::kEqual) return;
  if (model.info.random_weights) {
    throw InputError(fmt::format("{} has random weights, which have no {}; 'align' works with them",
                                 model.info.name, figure_name(goal.figure)));
  }
  if (goal.figure == SearchFigure::kKl || has_metrics(plan)) return;
  throw InputError(fmt::format("no task asks for text, so that there is no {}; add one, or use kl",
                               figure_name(goal.figure)));
}

}  // namespace

MethodCell PlannedSearch::cell_at(double factor) const {
  return {parameter.label_at(spec.method.label, factor), spec.method.method,
          parameter.params_at(factor)};
}

int64_t PlannedSearch::order_at(double factor) const {
  constexpr int64_t kOfASearch = 10'000'000;
  return static_cast<int64_t>(index + 1) * kOfASearch + std::llround(factor * 1000);
}

PlannedSearch plan_search(const SearchSpec& spec, size_t index, size_t model, const Plan& plan) {
  const PlannedModel& planned = plan.models[model];
  check_figure(spec.goal, planned, plan);
  const MethodEntry method = find_method(spec.method.method);
  const ResolvedMethod cell = resolve_method(spec.method, planned.info.config);
  PlannedSearch search{
      spec, index, model,           ScaledParameter(method, spec.parameter, cell.params),
      {},   "",    cell.preset_note};
  search.range = wanted_range(spec, search.parameter);
  search.range_note =
      narrow(search.range, AllowedFactors(method, search.parameter, planned.info.config));
  return search;
}

}  // namespace skipbench
