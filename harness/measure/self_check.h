#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>

#include "kernels/model/decoder.h"
#include "methods/interface/method.h"
#include "methods/interface/method_entry.h"

namespace skipbench {

/// Before a method is timed it must agree with full attention when it selects every token: a wrong
/// result is never timed. What it answers is looked at on every device (ContractChecks).
class SelfCheck {
 public:
  /// Runs full attention. `before_step` is called before each prompt and each token of the reply
  /// here and in run(), and may throw to end that: then nothing is known of the method.
  explicit SelfCheck(Decoder& decoder, const BeforeStep& before_step);

  /// What is checked.
  struct Subject {
    const MethodEntry& entry;
    const Json& params;                  // resolved
    const Artefact* artefact = nullptr;  // null where it learns nothing
    std::string artefact_hash = "";
  };

  /// Runs the method with every token selected, on the gathered path, over a short prompt and a few
  /// decode steps. Returns "" when each layer kept and computed as much as under full attention,
  /// exactly, and the logits of each step equal those of full attention without a decode graph: bit
  /// for bit on the CPU, on a GPU within twice of what another order of the same sums does to this
  /// model. Else what differs. A method that leaves such a choice to full attention's own operation
  /// runs again without leaving it (Needs::can_compute_everything), within that bound on the CPU
  /// too. What was found is kept: of equal subjects the first is run.
  std::string run(const Subject& subject, const BeforeStep& before_step);

 private:
  /// A prompt and the reply that is fed after it.
  struct Outcome {
    at::Tensor logits;  // [1 + steps, V] fp32 on the CPU
    Activity activity;
    WorkMeter prefill, decode;
  };

  Outcome reply_under(const TokenPolicy& policy, const PrefillOptions& options,
                      const BeforeStep& before_step) const;
  double rounding_of_another_order(const BeforeStep& before_step) const;
  std::string compare(const Outcome& outcome, double allowed) const;

  Decoder& decoder_;
  Prompt prompt_;
  Outcome reference_;
  double rounding_;                          // the largest difference of a logit
  std::map<std::string, std::string> done_;  // subject -> outcome
};

}  // namespace skipbench
