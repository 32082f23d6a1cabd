#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/store/store.h"

namespace skipbench {

/// What figures need of one stored row. Scores stand in the order of the cell's metrics.
struct Observation {
  std::string sample_id;
  int64_t round = 0;
  int64_t run = 0;  // that measured it
  RowStatus status = RowStatus::kOk;
  std::optional<double> ttft_ms, ttft_device_ms, busy_ms, e2e_ms, ms_per_token, peak_bytes,
      weights_bytes;
  double prompt_tokens = 0, new_tokens = 0;
  double kv_bytes = 0, kv_bytes_full = 0, flops = 0, flops_full = 0;
  std::optional<double> kl_first_token, kl_decoded, greedy_match, answer_nll;
  std::optional<double> attention_share, ffn_share, attention_pair_share, kv_share,
      decode_ffn_share, decode_kv_share;
  std::optional<std::string> decode_path;  // SampleRow; empty: an earlier program wrote the row
  std::string eager_reason, slow_prefill, slow_decode;
  bool active = false, random_weights = false;
  std::string inactive_reason, error;
  std::vector<std::optional<double>> scores;
};

/// A figure of one row; empty where the row has none.
using RowFigure = std::function<std::optional<double>(const Observation&)>;

}  // namespace skipbench
