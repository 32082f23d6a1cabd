#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kernels/base/json.h"

namespace skipbench {

/// What identifies a row. Two runs with equal keys have the same right answer, so a row whose key
/// is present is never computed again. All but sample and round are the same for all samples that a
/// run puts into one cell: a cell shows the rows of the version that the last run asked for.
struct RowKey {
  std::string experiment;
  std::string model, model_hash;
  std::string label, method, method_hash;  // hash of name and resolved parameters
  std::string task, subset, data_hash, sample_id;
  std::string protocol_hash;  // prompt building and decoding rules
  std::string dtype, device;  // device: GPU or CPU model
  std::string code_version;  // "<core>-<method>-<task>-<reader>": source hashes, sources/row_code.h
  uint64_t seed = 0;
  int64_t round = 0;
};

enum class RowStatus { kOk, kOom, kError, kInvalid };

/// One layer's counts, stored as one record per sample.
struct LayerCounts {
  int64_t attention, ffn, alive, kv;

  friend bool operator==(const LayerCounts&, const LayerCounts&) = default;
};

/// What a row holds in columns, each of which row_columns.h describes.
struct RowColumns {
  RowStatus status = RowStatus::kOk;
  std::string error;
  std::string prediction;
  std::vector<int32_t> new_token_ids;
  int64_t prompt_tokens = 0, truncated_tokens = 0, new_tokens = 0;
  std::string finish_reason;
  int64_t position_in_round = 0;
  std::optional<double> ttft_ms, e2e_ms, ms_per_token, ttft_device_ms, busy_ms;
  std::optional<int64_t> peak_bytes, weights_bytes;
  int64_t kv_bytes = 0, kv_bytes_full = 0;
  int64_t flops = 0, flops_full = 0;
  std::optional<double> kl_first_token, kl_decoded, greedy_match, answer_nll;
  double attention_share = 1, ffn_share = 1, attention_pair_share = 1, kv_share = 1;
  std::optional<double> decode_ffn_share, decode_kv_share;
  std::optional<std::string> decode_path = "";
  std::string eager_reason, slow_prefill, slow_decode;
  bool active = false;
  std::string inactive_reason;
  bool random_weights = false;
};

/// One sample under one method in one round.
struct SampleRow : RowColumns {
  RowKey key;
  Json params;                                         // resolved parameters of the method
  std::vector<std::pair<std::string, double>> scores;  // metric -> points, the main one first
  std::vector<std::string> answers;  // gold answers, any of which is right; empty: none are known
  std::vector<LayerCounts> layers;
};

/// Time of one phase of a sample by group of operations (op_group_name()) and layer.
struct PhaseProfile {
  double total_ms = 0;  // wall clock of the phase, with what passes between operations
  /// Milliseconds by layer, and last those outside the layers. Groups that were not met are absent.
  std::map<std::string, std::vector<double>> operations;
};

/// Where the time of one sample goes under one method.
struct SampleProfile {
  PhaseProfile prefill, decode;  // decode: all steps together; empty without steps
  int64_t decode_steps = 0;
};

}  // namespace skipbench
