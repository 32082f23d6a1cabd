#include "harness/run/measure.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <limits>
#include <span>

#include "harness/run/clock.h"
#include "harness/run/device.h"

namespace skipbench {
namespace {

PrefillOptions options_for(const Job& job) {
  PrefillOptions options;
  options.max_new_tokens = job.rules.max_new_tokens;
  options.reserve = std::max(job.rules.max_new_tokens, static_cast<int64_t>(job.answer.size())) + 1;
  return options;
}

// The most probable token that a reply may begin with.
int32_t first_token(const at::Tensor& logits, const GenerationRules& rules) {
  if (rules.not_first.empty()) return greedy_token(logits);
  const c10::InferenceMode inference;
  const at::Tensor refused = at::tensor(at::ArrayRef<int32_t>(rules.not_first));
  const at::Tensor allowed = logits.clone();  // [V]
  allowed.index_fill_(0, refused.to(logits.device(), at::kLong),
                      -std::numeric_limits<double>::infinity());
  return greedy_token(allowed);
}

int32_t next_token(Decoder& decoder, Sequence& sequence, int32_t token) {
  decoder.extend(sequence, std::span(&token, 1));
  return greedy_token(sequence);
}

// Decodes until the rules say why it ends. `tokens` holds the first one already.
std::string decode_to_end(Decoder& decoder, Sequence& sequence, const GenerationRules& rules,
                          std::vector<int32_t>& tokens) {
  while (true) {
    const std::string reason = finish_reason(rules, tokens);
    if (!reason.empty()) return reason;
    tokens.push_back(next_token(decoder, sequence, tokens.back()));
  }
}

// Mean negative log-likelihood of the answer's tokens, each given the prompt and those before it.
double answer_loss(Decoder& decoder, Sequence& sequence, const std::vector<int32_t>& answer) {
  const c10::InferenceMode inference;
  at::Tensor logits = sequence.logits.unsqueeze(0);  // [1, V]
  if (answer.size() > 1) {
    const std::span<const int32_t> given(answer.data(), answer.size() - 1);
    logits = at::cat({logits, decoder.extend(sequence, given)});  // [n, V]
  }
  const at::Tensor ids =
      at::tensor(at::ArrayRef<int32_t>(answer)).to(logits.device(), at::kLong).unsqueeze(1);
  return -at::log_softmax(logits, 1).gather(1, ids).mean().item<double>();
}

}  // namespace

Measurement measure(Decoder& decoder, LayerHooks& hooks, const Job& job) {
  const at::Device device = decoder.model().device();
  Measurement result;
  result.new_tokens.reserve(job.rules.max_new_tokens);
  reset_peak_bytes(device);
  synchronize(device);

  const Clock::time_point start = Clock::now();
  Sequence sequence = decoder.prefill(job.prompt, hooks, options_for(job));
  result.new_tokens.push_back(first_token(sequence.logits, job.rules));
  result.ttft_ms = milliseconds_since(start);
  const Sequence::Mark after_prompt = sequence.mark();
  result.flops = sequence.work.total();
  result.finish_reason = decode_to_end(decoder, sequence, job.rules, result.new_tokens);
  result.e2e_ms = milliseconds_since(start);

  result.peak_bytes = peak_bytes(device);
  result.activity = sequence.activity;
  sequence.rewind(after_prompt);
  result.kv_bytes = sequence.cache.bytes_in_use();
  result.first_logits = sequence.logits.to(at::kCPU).clone();
  if (!job.answer.empty()) result.answer_nll = answer_loss(decoder, sequence, job.answer);
  result.model_ms = milliseconds_since(start);
  return result;
}

Activity warm_up(Decoder& decoder, LayerHooks& hooks, const Job& job) {
  Sequence sequence = decoder.prefill(job.prompt, hooks, options_for(job));
  std::vector<int32_t> tokens{first_token(sequence.logits, job.rules)};
  decode_to_end(decoder, sequence, job.rules, tokens);
  synchronize(decoder.model().device());
  return sequence.activity;
}

}  // namespace skipbench
