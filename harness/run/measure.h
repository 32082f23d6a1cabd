#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <vector>

#include "harness/run/reply.h"
#include "kernels/model/activity.h"
#include "kernels/model/decoder.h"

namespace skipbench {

/// One prompt under one method, measured.
struct Measurement {
  double ttft_ms = 0;                    // token ids on the host -> first new token id on the host
  double e2e_ms = 0;                     // ... -> last new token id on the host
  std::optional<double> ttft_device_ms;  // the first between events of a GPU
  std::vector<int32_t> new_tokens;
  std::string finish_reason;
  at::Tensor first_logits;           // [V] fp32 on the CPU
  std::optional<double> answer_nll;  // teacher-forced, nats per token
  Activity activity;
  std::string eager_reason;                          // why decode steps replayed no CUDA graph
  int64_t flops = 0;                                 // of the prefill
  int64_t kv_bytes = 0;                              // in use after the prefill
  std::optional<int64_t> peak_bytes, weights_bytes;  // on a GPU; the weights are in the peak
  double model_ms = 0;  // all time in the model, the untimed parts included
};

/// Runs the job: prefill and greedy decoding on the clock; the loss of the answer and everything
/// else after it.
Measurement measure(Decoder& decoder, LayerHooks& hooks, const Job& job);

/// The whole job untimed, every decode step included, so that plans, pages and caches of all its
/// shapes are there.
void warm_up(Decoder& decoder, LayerHooks& hooks, const Job& job);

}  // namespace skipbench
