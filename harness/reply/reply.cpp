#include "harness/reply/reply.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <limits>
#include <span>

namespace skipbench {

PrefillOptions prefill_options(const Job& job) {
  PrefillOptions options;
  options.max_new_tokens = job.rules.max_new_tokens;
  options.reserve = std::max(job.rules.max_new_tokens, static_cast<int64_t>(job.answer.size())) + 1;
  return options;
}

int32_t first_token(const at::Tensor& logits, const GenerationRules& rules) {
  if (rules.not_first.empty()) return greedy_token(logits);
  const c10::InferenceMode inference;
  const at::Tensor refused = at::tensor(at::ArrayRef<int32_t>(rules.not_first));
  const at::Tensor allowed = logits.clone();  // [V]
  allowed.index_fill_(0, refused.to(logits.device(), at::kLong),
                      -std::numeric_limits<double>::infinity());
  return greedy_token(allowed);
}

std::string decode_to_end(Decoder& decoder, Sequence& sequence, const GenerationRules& rules,
                          std::vector<int32_t>& tokens) {
  while (true) {
    const std::string reason = finish_reason(rules, tokens);
    if (!reason.empty()) return reason;
    decoder.extend(sequence, std::span(&tokens.back(), 1));
    tokens.push_back(greedy_token(sequence));
  }
}

}  // namespace skipbench
