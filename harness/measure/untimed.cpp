#include "harness/measure/untimed.h"

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
    const std::unique_ptr<const TokenPolicy> policy = method.make();
    Sequence sequence = decoder.prefill(job.prompt, *policy, prefill_options(job));
    return measure_untimed(decoder, sequence, job);
  }));
}

// For the method, or for the answer after it.
bool ran_out_of_memory(const Untimed& result) {
  if (result.failure) return result.failure->status == RowStatus::kOom;
  return !result.measurement->answer_failure.empty();
}

// Returns the methods that were not measured: all where there is nothing to share, or memory is too
// small for the shared prefill, and those for which it is too small beside that.
std::vector<UntimedMethod> measure_together(Decoder& decoder, std::vector<UntimedMethod> methods,
                                            const Job& job, const BeforeStep& before_step) {
  if (methods.size() < 2) return methods;
  before_step();
  std::vector<std::unique_ptr<const TokenPolicy>> made;
  std::optional<SharedPrefill> shared;
  const std::optional<Failure> failure = failure_of(decoder.model().device(), [&] {
    const ContractChecks looked_at;
    std::vector<const TokenPolicy*> policies;
    for (const UntimedMethod& method : methods) {
      made.push_back(method.make());
      policies.push_back(made.back().get());
    }
    shared.emplace(decoder, job.prompt, policies, prefill_options(job));
  });
  if (failure) return methods;
  std::vector<UntimedMethod> left;
  for (size_t i = 0; i < methods.size(); ++i) {
    before_step();
    Untimed result = untimed_of(decoder, [&] {
      const ContractChecks looked_at;
      Sequence sequence = shared->sequence_of(i);
      return measure_untimed(decoder, sequence, job);
    });
    if (ran_out_of_memory(result)) {
      left.push_back(std::move(methods[i]));
    } else {
      methods[i].take(std::move(result));
    }
  }
  return left;
}

}  // namespace

void measure_untimed(Decoder& decoder, const std::vector<UntimedMethod>& methods, const Job& job,
                     const BeforeStep& before_step) {
  std::vector<UntimedMethod> sharing, alone;
  for (const UntimedMethod& method : methods) {
    (method.shares_prefill ? sharing : alone).push_back(method);
  }
  for (UntimedMethod& method : measure_together(decoder, std::move(sharing), job, before_step)) {
    alone.push_back(std::move(method));
  }
  for (const UntimedMethod& method : alone) measure_alone(decoder, method, job, before_step);
}

}  // namespace skipbench
