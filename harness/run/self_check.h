#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>

#include "kernels/model/decoder.h"
#include "methods/method.h"
#include "methods/registry.h"

namespace skipbench {

/// Before a method is timed it must agree with full attention when it selects every token: a wrong
/// result is never timed.
class SelfCheck {
 public:
  explicit SelfCheck(Decoder& decoder);

  /// Runs the method with every token selected, on the gathered path, over a short prompt. Returns
  /// "" when its first-token logits equal full attention's (bit for bit on the CPU, within the
  /// dtype's rounding on a GPU), else what differs. `params` are resolved; `artefact` may be null.
  std::string run(const MethodEntry& entry, const Json& params, const Artefact* artefact);

 private:
  std::string compare(const at::Tensor& logits) const;

  Decoder& decoder_;
  Prompt prompt_;
  at::Tensor reference_;                     // [V] fp32 on the CPU
  std::map<std::string, std::string> done_;  // method and parameters -> outcome
};

}  // namespace skipbench
