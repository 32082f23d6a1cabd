#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <vector>

#include "harness/reply/reply.h"
#include "kernels/model/activity.h"
#include "kernels/model/decoder.h"

namespace skipbench {

/// Of so many tokens of the answer the distributions that follow are kept.
inline constexpr int64_t kDivergenceTokens = 16;

/// One prompt under one method, measured.
struct Measurement {
  std::optional<double> ttft_ms;         // token ids on the host -> first new token id on the host
  std::optional<double> e2e_ms;          // ... -> last new token id on the host
  std::optional<double> ttft_device_ms;  // the first between events of a GPU
  std::vector<int32_t> new_tokens;
  std::string finish_reason;
  at::Tensor first_logits;           // [V] fp32 on the CPU
  std::optional<double> answer_nll;  // teacher-forced, nats per token
  std::string answer_failure;        // why there is none: memory ran out after all was measured
  /// [n, V] fp32 on the CPU: after each of the answer's first tokens, at most kDivergenceTokens;
  /// undefined without an answer.
  at::Tensor answer_logits;
  Activity activity;
  std::string eager_reason;                          // why decode steps replayed no CUDA graph
  std::string slow_prefill, slow_decode;             // operations off their kernels: ops::SlowPaths
  int64_t flops = 0;                                 // of the prefill
  int64_t kv_bytes = 0;                              // in use after the prefill
  std::optional<int64_t> peak_bytes, weights_bytes;  // on a GPU; the weights are in the peak
  double model_ms = 0;  // all time in the model, the untimed parts included
};

/// Runs the job: prefill and greedy decoding on the clock and in the peak of the memory, the answer
/// after them. A method whose steps change the cache prefills once more for it. Whatever lies on
/// the device beside, as the weights do, is part of the peak.
Measurement measure(Decoder& decoder, const TokenPolicy& policy, const Job& job);

/// The same without clock and peak, of a prompt that was prefilled for the job's reply and answer
/// (prefill_options). What the method answers is looked at on every device (ContractChecks).
Measurement measure_untimed(Decoder& decoder, Sequence& sequence, const Job& job);

/// How long the device of the decoder is at work for the job's prefill: busy_milliseconds().
/// Nothing on a CPU, or where memory is too small. One more prefill.
std::optional<double> busy_ms_of_prefill(Decoder& decoder, const TokenPolicy& policy,
                                         const Job& job);

/// The whole job untimed, every decode step included, so that plans, pages and caches of all its
/// shapes are there. What the method answers is looked at on every device (ContractChecks).
void warm_up(Decoder& decoder, const TokenPolicy& policy, const Job& job);

}  // namespace skipbench
