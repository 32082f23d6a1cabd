#include "harness/run/measure.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <span>

#include "harness/run/clock.h"
#include "harness/run/device_memory.h"
#include "harness/run/reply.h"
#include "harness/run/weights_bytes.h"
#include "kernels/ops/moment.h"

namespace skipbench {
namespace {

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
  const Moment queued(device);
  PrefillOptions options = prefill_options(job);
  options.defer_counts = true;  // to read them would wait for the device
  Sequence sequence = decoder.prefill(job.prompt, hooks, options);
  result.new_tokens.push_back(first_token(sequence.logits, job.rules));
  const Moment answered(device);
  result.ttft_ms = milliseconds_since(start);
  const Sequence::Mark after_prompt = sequence.mark();
  result.finish_reason = decode_to_end(decoder, sequence, job.rules, result.new_tokens);
  result.e2e_ms = milliseconds_since(start);

  if (device.is_cuda()) {
    result.ttft_device_ms = queued.milliseconds_until(answered);
    result.weights_bytes = weights_bytes(decoder.model().weights);
  }
  result.peak_bytes = peak_bytes(device);
  result.eager_reason = decoder.eager_reason(hooks);
  decoder.read_counts(sequence);
  result.flops = sequence.work.total();
  result.activity = sequence.activity;
  sequence.rewind(after_prompt);
  result.kv_bytes = sequence.cache.bytes_in_use();
  result.first_logits = sequence.logits.to(at::kCPU).clone();
  if (!job.answer.empty()) result.answer_nll = answer_loss(decoder, sequence, job.answer);
  result.model_ms = milliseconds_since(start);
  return result;
}

void warm_up(Decoder& decoder, LayerHooks& hooks, const Job& job) {
  Sequence sequence = decoder.prefill(job.prompt, hooks, prefill_options(job));
  std::vector<int32_t> tokens{first_token(sequence.logits, job.rules)};
  decode_to_end(decoder, sequence, job.rules, tokens);
  synchronize(decoder.model().device());
}

}  // namespace skipbench
