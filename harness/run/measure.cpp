#include "harness/run/measure.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <span>

#include "harness/run/clock.h"
#include "harness/run/device_memory.h"
#include "harness/run/reply.h"
#include "harness/run/weights_bytes.h"
#include "kernels/ops/contract.h"
#include "kernels/ops/moment.h"
#include "kernels/ops/slow_path.h"

namespace skipbench {
namespace {

// The answer's tokens are fed as if the model had said them: the loss of each given those before
// it, and the distributions that follow the first of them.
void add_answer(Decoder& decoder, Sequence& sequence, const std::vector<int32_t>& answer,
                Measurement& result) {
  const c10::InferenceMode inference;
  const auto count = static_cast<int64_t>(answer.size());
  // What follows the last token is not asked for where the context ends with it.
  const bool fits = sequence.next_position + count <= decoder.model().config.context;
  const int64_t fed = fits ? count : count - 1;
  const at::Tensor first = sequence.logits.unsqueeze(0);  // [1, V]
  const at::Tensor after =
      fed == 0 ? first.narrow(0, 0, 0) : decoder.extend(sequence, std::span(answer).first(fed));
  const at::Tensor logits = at::cat({first, after}).narrow(0, 0, count);  // [n, V]
  const at::Tensor ids =
      at::tensor(at::ArrayRef<int32_t>(answer)).to(logits.device(), at::kLong).unsqueeze(1);
  result.answer_nll = -at::log_softmax(logits, 1).gather(1, ids).mean().item<double>();
  if (fed == 0) return;
  result.answer_logits = after.narrow(0, 0, std::min(fed, kDivergenceTokens)).to(at::kCPU).clone();
}

// What the sequence counted by itself.
void add_counts(Decoder& decoder, Sequence& sequence, Measurement& result) {
  decoder.read_counts(sequence);
  result.flops = sequence.work.total();
  result.activity = sequence.activity;
  result.eager_reason = decoder.eager_reason(*sequence.hooks);
}

}  // namespace

Measurement measure(Decoder& decoder, LayerHooks& hooks, const Job& job) {
  const at::Device device = decoder.model().device();
  Measurement result;
  result.new_tokens.reserve(job.rules.max_new_tokens);
  PrefillOptions options = prefill_options(job);
  options.defer_counts = true;                     // to read them would wait for the device
  options.reserve = job.rules.max_new_tokens + 1;  // the answer gets its room when it is fed
  ops::SlowPaths slow_paths;
  reset_peak_bytes(device);
  synchronize(device);

  const Clock::time_point start = Clock::now();
  StopWatch watch;
  const Moment queued(device);
  std::optional<Sequence> sequence = decoder.prefill(job.prompt, hooks, options);
  result.new_tokens.push_back(first_token(sequence->logits, job.rules));
  const Moment answered(device);
  result.ttft_ms = watch.milliseconds();

  // What the harness looks at between prefill and decoding is no time of the method; nothing is
  // copied, since the device may still be at work for it.
  watch.stop();
  result.kv_bytes = sequence->cache.bytes_in_use();
  const at::Tensor first_logits = sequence->logits;  // [V] on the device
  result.slow_prefill = slow_paths.take();
  // Steps that only add rows can be taken back; for others the cache would have to be copied.
  std::optional<Sequence::Mark> after_prompt;
  if (!hooks.plans_decode()) after_prompt = sequence->mark();
  watch.go_on();

  result.finish_reason = decode_to_end(decoder, *sequence, job.rules, result.new_tokens);
  result.e2e_ms = watch.milliseconds();
  result.peak_bytes = peak_bytes(device);
  result.slow_decode = slow_paths.take();
  if (device.is_cuda()) {
    result.ttft_device_ms = queued.milliseconds_until(answered);
    result.weights_bytes = weights_bytes(decoder.model().weights);
  }
  result.first_logits = first_logits.to(at::kCPU).clone();
  add_counts(decoder, *sequence, result);
  if (!job.answer.empty()) {
    if (after_prompt) {
      sequence->rewind(*after_prompt);
    } else {
      sequence.reset();  // its memory may be needed
      sequence = decoder.prefill(job.prompt, hooks, options);
    }
    add_answer(decoder, *sequence, job.answer, result);
  }
  result.model_ms = milliseconds_since(start);
  return result;
}

void warm_up(Decoder& decoder, LayerHooks& hooks, const Job& job) {
  const ContractChecks looked_at;  // at the method's own budgets, before a GPU is timed without
  Sequence sequence = decoder.prefill(job.prompt, hooks, prefill_options(job));
  std::vector<int32_t> tokens{first_token(sequence.logits, job.rules)};
  decode_to_end(decoder, sequence, job.rules, tokens);
  synchronize(decoder.model().device());
}

}  // namespace skipbench
