#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "harness/reply/generation.h"
#include "kernels/model/decoder.h"
#include "kernels/model/prompt.h"

namespace skipbench {

/// What is asked of the model once: a prompt, how long to decode, and the gold answer's tokens.
struct Job {
  Prompt prompt;
  GenerationRules rules;
  std::vector<int32_t> answer;  // empty: no loss of the answer is measured
};

/// A prefill with room for the job's reply and its answer.
PrefillOptions prefill_options(const Job& job);

/// The most probable token that a reply may begin with. Waits for the device.
int32_t first_token(const at::Tensor& logits, const GenerationRules& rules);

/// Decodes until the rules say why it ends; that is returned. `tokens` holds the first one already.
std::string decode_to_end(Decoder& decoder, Sequence& sequence, const GenerationRules& rules,
                          std::vector<int32_t>& tokens);

}  // namespace skipbench
