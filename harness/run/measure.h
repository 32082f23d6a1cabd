#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <vector>

#include "harness/run/generation.h"
#include "kernels/model/activity.h"
#include "kernels/model/decoder.h"
#include "kernels/model/prompt.h"

namespace skipbench {

/// What is asked of the model once: a prompt, how long to decode, and the gold answer's tokens.
struct Job {
  Prompt prompt;
  GenerationRules rules;
  std::vector<int32_t> answer;  // empty: no loss of the answer is measured
};

/// One prompt under one method, measured.
struct Measurement {
  double ttft_ms = 0;  // token ids on the host -> first new token id on the host
  double e2e_ms = 0;   // ... -> last new token id on the host
  std::vector<int32_t> new_tokens;
  std::string finish_reason;
  at::Tensor first_logits;           // [V] fp32 on the CPU
  std::optional<double> answer_nll;  // teacher-forced, nats per token
  Activity activity;
  int64_t flops = 0;     // of the prefill
  int64_t kv_bytes = 0;  // in use after the prefill
  std::optional<int64_t> peak_bytes;
  double model_ms = 0;  // all time in the model, the untimed parts included
};

/// Runs the job: prefill and greedy decoding on the clock; the loss of the answer and everything
/// else after it.
Measurement measure(Decoder& decoder, LayerHooks& hooks, const Job& job);

/// The whole job untimed, every decode step included, so that plans, pages and caches of all its
/// shapes are there. Returns what it did.
Activity warm_up(Decoder& decoder, LayerHooks& hooks, const Job& job);

}  // namespace skipbench
