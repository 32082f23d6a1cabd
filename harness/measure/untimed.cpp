#include "harness/measure/untimed.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

#include "kernels/model/prefill/shared_prefill.h"
#include "kernels/ops/device/contract.h"

namespace skipbench {
namespace {

Untimed untimed_of(Decoder& decoder, const std::function<Measurement()>& measure) {
  Untimed result;
  result.failure = failure_of(decoder.model().device(), [&] { result.measurement = measure(); });
  return result;
}

void measure_alone(Decoder& decoder, const UntimedMethod& method, const Job& job,
                   const BeforeStep& before_step) {
  before_step();
  method.take(untimed_of(decoder, [&] {
    const ContractChecks looked_at;
    const std::unique_ptr<Method> hooks = method.make();
    Sequence sequence = decoder.prefill(job.prompt, *hooks, prefill_options(job));
    return measure_untimed(decoder, sequence, job);
  }));
}

// For the method, or for the answer after it.
bool ran_out_of_memory(const Untimed& result) {
  if (result.failure) return result.failure->status == RowStatus::kOom;
  return !result.measurement->answer_failure.empty();
}

// The methods that memory is too small for beside the shared prefill are not measured: their
// indices.
std::vector<size_t> measure_together(Decoder& decoder, const std::vector<UntimedMethod>& methods,
                                     const Job& job, const BeforeStep& before_step) {
  before_step();
  std::vector<std::unique_ptr<Method>> made;
  std::optional<SharedPrefill> shared;
  const std::optional<Failure> failure = failure_of(decoder.model().device(), [&] {
    const ContractChecks looked_at;
    std::vector<LayerHooks*> hooks;
    for (const UntimedMethod& method : methods) {
      made.push_back(method.make());
      hooks.push_back(made.back().get());
    }
    shared.emplace(decoder, job.prompt, std::move(hooks), prefill_options(job));
  });
  std::vector<size_t> left;
  for (size_t i = 0; i < methods.size(); ++i) {
    if (failure) {
      left.push_back(i);
      continue;
    }
    before_step();
    Untimed result = untimed_of(decoder, [&] {
      const ContractChecks looked_at;
      Sequence sequence = shared->sequence_of(i);
      return measure_untimed(decoder, sequence, job);
    });
    if (ran_out_of_memory(result)) {
      left.push_back(i);
    } else {
      methods[i].take(std::move(result));
    }
  }
  return left;
}

}  // namespace

void measure_untimed(Decoder& decoder, std::vector<UntimedMethod> methods, const Job& job,
                     const BeforeStep& before_step) {
  const auto first_alone =
      std::stable_partition(methods.begin(), methods.end(),
                            [](const UntimedMethod& method) { return method.shares_prefill; });
  std::vector<UntimedMethod> alone(std::make_move_iterator(first_alone),
                                   std::make_move_iterator(methods.end()));
  methods.erase(first_alone, methods.end());
  std::vector<size_t> left(methods.size());
  std::iota(left.begin(), left.end(), size_t{0});
  if (methods.size() > 1) left = measure_together(decoder, methods, job, before_step);
  for (const size_t index : left) alone.push_back(std::move(methods[index]));
  for (const UntimedMethod& method : alone) measure_alone(decoder, method, job, before_step);
}

}  // namespace skipbench
