#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>

#include "kernels/model/decoder.h"
#include "methods/method.h"
#include "methods/method_entry.h"

namespace skipbench {

/// Before a method is timed it must agree with full attention when it selects every token: a wrong
/// result is never timed.
class SelfCheck {
 public:
  /// Computes full attention's logits. `before_step` is called before each prompt and each token of
  /// the reply here and in run(), and may throw to end that: then nothing is known of the method.
  explicit SelfCheck(Decoder& decoder, const BeforeStep& before_step);

  /// Runs the method with every token selected, on the gathered path, over a short prompt and a few
  /// decode steps. Returns "" when the logits of each equal those of full attention without a
  /// decode graph (bit for bit on the CPU; on a GPU within a few roundings of the dtype, or twice
  /// what another order of the same sums does to this model), else what differs. A method that
  /// leaves such a choice to full attention's own operation runs again without leaving it
  /// (Method::compute_everything_itself), within a few roundings on the CPU too. `params` are
  /// resolved; `artefact` may be null.
  std::string run(const MethodEntry& entry, const Json& params, const Artefact* artefact,
                  const BeforeStep& before_step);

 private:
  at::Tensor logits_of(LayerHooks& hooks, const PrefillOptions& options,
                       const BeforeStep& before_step) const;
  at::Tensor logits_of_longer_prompts(const BeforeStep& before_step) const;
  /// Differences of `relative` times the largest logit are always allowed.
  std::string compare(const at::Tensor& logits, double relative) const;

  Decoder& decoder_;
  Prompt prompt_;
  at::Tensor reference_;                     // [1 + steps, V] fp32 on the CPU
  at::Tensor rounding_;                      // [1 + steps] what rounding does to them; 0 on the CPU
  std::map<std::string, std::string> done_;  // method and parameters -> outcome
};

}  // namespace skipbench
