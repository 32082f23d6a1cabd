#include "harness/measure/measure.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <functional>
#include <span>

#include "harness/machine/clock.h"
#include "harness/machine/device_memory.h"
#include "harness/machine/weights_bytes.h"
#include "harness/reply/reply.h"
#include "kernels/ops/device/busy_time.h"
#include "kernels/ops/device/contract.h"
#include "kernels/ops/device/moment.h"
#include "kernels/ops/device/slow_path.h"

namespace skipbench {
namespace {

PrefillOptions timed_options(const Job& job) {
  PrefillOptions options = prefill_options(job);
  options.defer_counts = true;                     // to read them would wait for the device
  options.reserve = job.rules.max_new_tokens + 1;  // the answer gets its room when it is fed
  return options;
}

// The loss of tokens [n] under the distributions that precede each: logits [n, V].
double loss_of(std::span<const int32_t> tokens, const at::Tensor& logits) {
  const at::Tensor ids = at::tensor(at::ArrayRef<int32_t>(tokens.data(), tokens.size()))
                             .to(logits.device(), at::kLong);
  return -at::log_softmax(logits, 1).gather(1, ids.unsqueeze(1)).sum().item<double>();
}

// After the first tokens of the answer so many are fed at once.
constexpr size_t kAnswerTokensAtOnce = 32;

// The answer's tokens are fed as if the model had said them: the loss of each given those before
// it, and the distributions that follow the first of them. A part at a time, since logits of a long
// answer are larger than what the method was measured with.
void add_answer(Decoder& decoder, Sequence& sequence, std::span<const int32_t> answer,
                Measurement& result) {
  const c10::InferenceMode inference;
  double loss = 0;
  for (size_t done = 0; done < answer.size();) {
    const size_t most = done == 0 ? kDivergenceTokens : kAnswerTokensAtOnce;
    const auto part = answer.subspan(done, std::min(most, answer.size() - done));
    const auto count = static_cast<int64_t>(part.size());
    // What follows the last token is not asked for where the context ends with it.
    const bool last = done + part.size() == answer.size();
    const bool fits = sequence.next_position + count <= decoder.model().config.context;
    const int64_t fed = last && !fits ? count - 1 : count;
    at::Tensor logits = sequence.logits.unsqueeze(0);  // [1, V]
    if (fed > 0) logits = at::cat({logits, decoder.extend(sequence, part.first(fed))});
    loss += loss_of(part, logits.narrow(0, 0, count));
    if (done == 0 && fed > 0) result.answer_logits = logits.narrow(0, 1, fed).to(at::kCPU).clone();
    done += part.size();
  }
  result.answer_nll = loss / static_cast<double>(answer.size());
}

// The answer after a measurement that memory is too small for is no reason to lose that.
void add_answer_if_it_fits(const std::function<Sequence&()>& after_prompt, Decoder& decoder,
                           const Job& job, Measurement& result) {
  try {
    add_answer(decoder, after_prompt(), job.answer, result);
  } catch (const std::exception& error) {
    if (!is_out_of_memory(error)) throw;
    result.answer_nll.reset();
    result.answer_failure = "no loss of the answer: not enough memory for it";
  }
}

// What the sequence counted by itself.
void add_counts(Decoder& decoder, Sequence& sequence, Measurement& result) {
  decoder.read_counts(sequence);
  result.flops = sequence.work.total();
  result.activity = sequence.activity;
  result.eager_reason = decoder.eager_reason(sequence);
}

}  // namespace

Measurement measure(Decoder& decoder, const TokenPolicy& policy, const Job& job) {
  const at::Device device = decoder.model().device();
  Measurement result;
  result.new_tokens.reserve(job.rules.max_new_tokens);
  const PrefillOptions options = timed_options(job);
  ops::SlowPaths slow_paths;
  reset_peak_bytes(device);
  synchronize(device);

  const Clock::time_point start = Clock::now();
  StopWatch watch;
  const Moment queued(device);
  std::optional<Sequence> sequence = decoder.prefill(job.prompt, policy, options);
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
  if (!sequence->needs.steps_change_cache()) after_prompt = sequence->mark();
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
  const auto back_at_the_prompts_end = [&]() -> Sequence& {
    if (after_prompt) {
      sequence->rewind(*after_prompt);
    } else {
      sequence.reset();  // its memory may be needed
      sequence = decoder.prefill(job.prompt, policy, options);
    }
    return *sequence;
  };
  if (!job.answer.empty()) {
    add_answer_if_it_fits(back_at_the_prompts_end, decoder, job, result);
  }
  result.model_ms = milliseconds_since(start);
  return result;
}

Measurement measure_untimed(Decoder& decoder, Sequence& sequence, const Job& job) {
  const ContractChecks looked_at;
  Measurement result;
  result.kv_bytes = sequence.cache.bytes_in_use();
  result.first_logits = sequence.logits.to(at::kCPU).clone();
  std::optional<Sequence::Mark> after_prompt;
  if (!job.answer.empty()) after_prompt = sequence.mark();
  result.new_tokens.push_back(first_token(sequence.logits, job.rules));
  result.finish_reason = decode_to_end(decoder, sequence, job.rules, result.new_tokens);
  add_counts(decoder, sequence, result);
  const auto back_at_the_prompts_end = [&]() -> Sequence& {
    sequence.rewind(*after_prompt);
    return sequence;
  };
  if (!job.answer.empty()) add_answer_if_it_fits(back_at_the_prompts_end, decoder, job, result);
  return result;
}

std::optional<double> busy_ms_of_prefill(Decoder& decoder, const TokenPolicy& policy,
                                         const Job& job) {
  const at::Device device = decoder.model().device();
  if (!device.is_cuda()) return std::nullopt;
  try {
    return busy_milliseconds(device, [&] {
      const Sequence sequence = decoder.prefill(job.prompt, policy, timed_options(job));
      first_token(sequence.logits, job.rules);
    });
  } catch (const std::exception& error) {
    if (!is_out_of_memory(error)) throw;
    return std::nullopt;  // what was measured before is good all the same
  }
}

void warm_up(Decoder& decoder, const TokenPolicy& policy, const Job& job) {
  const ContractChecks looked_at;  // at the method's own budgets, before a GPU is timed without
  Sequence sequence = decoder.prefill(job.prompt, policy, prefill_options(job));
  std::vector<int32_t> tokens{first_token(sequence.logits, job.rules)};
  decode_to_end(decoder, sequence, job.rules, tokens);
  synchronize(decoder.model().device());
}

}  // namespace skipbench
