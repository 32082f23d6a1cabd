#include "harness/measure/sample_row.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>

#include "harness/machine/device_memory.h"
#include "harness/measure/fidelity.h"

namespace skipbench {
namespace {

int64_t full_kv_bytes(const PlannedModel& model, int64_t tokens) {
  const ModelConfig& config = model.info.config;
  const auto element = static_cast<int64_t>(c10::elementSize(model.dtype));
  return 2 * config.layers * tokens * config.kv_heads * config.head_size * element;
}

bool decides_decoding_alone(const Decisions& decides) {
  return std::all_of(decides.begin(), decides.end(),
                     [](Decision decision) { return decision == Decision::kDecodeFfn; });
}

std::string inactive_reason(const SampleRow& row, const Activity& activity,
                            const Decisions& decides) {
  if (row.active) return "";
  if (row.key.method == "full") return "full attention skips nothing";
  if (decides_decoding_alone(decides)) {
    return fmt::format("no decode step skipped anything ({} step{})", activity.decode_steps,
                       activity.decode_steps == 1 ? "" : "s");
  }
  return fmt::format("all {} tokens of the prompt were selected in every layer", row.prompt_tokens);
}

}  // namespace

SampleRow row_of_sample(const PlannedModel& model, const PreparedSample& prepared, RowKey key) {
  SampleRow row;
  row.key = std::move(key);
  row.answers = prepared.sample.answers;
  row.prompt_tokens = prepared.job.prompt.length();
  row.truncated_tokens = prepared.truncated_tokens;
  row.kv_bytes_full = full_kv_bytes(model, row.prompt_tokens);
  row.flops_full = full_prefill_flops(model.info.config, row.prompt_tokens);
  row.random_weights = model.info.random_weights;
  return row;
}

void add_measurement(SampleRow& row, const Measurement& measured, const PlannedModel& model,
                     const MethodEntry& method) {
  row.new_token_ids = measured.new_tokens;
  row.new_tokens = static_cast<int64_t>(measured.new_tokens.size());
  row.finish_reason = measured.finish_reason;
  row.ttft_ms = measured.ttft_ms;
  row.ttft_device_ms = measured.ttft_device_ms;
  row.e2e_ms = measured.e2e_ms;
  if (row.new_tokens > 1 && measured.e2e_ms) {
    row.ms_per_token =
        (*measured.e2e_ms - *measured.ttft_ms) / static_cast<double>(row.new_tokens - 1);
  }
  row.peak_bytes = measured.peak_bytes;
  row.weights_bytes = measured.weights_bytes;
  row.kv_bytes = measured.kv_bytes;
  row.flops = measured.flops;
  if (!model.info.random_weights) row.answer_nll = measured.answer_nll;
  row.error = measured.answer_failure;
  const Activity& activity = measured.activity;
  row.attention_share = activity.attention_share();
  row.ffn_share = activity.ffn_share();
  row.attention_pair_share = activity.attention_pair_share();
  row.kv_share = activity.kv_share();
  row.decode_ffn_share = activity.decode_ffn_share();
  row.decode_kv_share = activity.decode_kv_share();
  row.decode_path = activity.decode_path();
  if (activity.graph_steps < activity.decode_steps) row.eager_reason = measured.eager_reason;
  row.slow_prefill = measured.slow_prefill;
  row.slow_decode = measured.slow_decode;
  row.active = activity.active();
  row.inactive_reason = inactive_reason(row, activity, method.decides);
  for (const LayerActivity& layer : activity.layers) {
    row.layers.push_back({layer.attention_updated, layer.ffn_updated, layer.alive_after,
                          layer.kv_length * layer.kv_lists});
  }
}

void add_scores(SampleRow& row, const Task& task, const Sample& sample, std::string prediction) {
  for (const MetricValue& value : task.score(sample, prediction)) {
    row.scores.emplace_back(value.metric, value.value);
  }
  row.prediction = std::move(prediction);
}

Fidelity fidelity_of(const Decisions& decides, const Measurement& measured,
                     const Measurement& reference, at::Device device) {
  Fidelity fidelity;
  fidelity.greedy_match = greedy_match(reference.new_tokens, measured.new_tokens);
  if (changes_prompt(decides)) {
    fidelity.kl_first_token = kl_divergence(reference.first_logits, measured.first_logits);
  }
  const at::Tensor &ours = measured.answer_logits, &theirs = reference.answer_logits;
  if (decides.empty() || !ours.defined() || !theirs.defined()) return fidelity;
  try {
    fidelity.kl_decoded = kl_divergence(theirs.to(device), ours.to(device));
  } catch (const std::exception& error) {
    if (!is_out_of_memory(error)) throw;
    fidelity.kl_decoded = kl_divergence(theirs, ours);  // slower, on the CPU
  }
  return fidelity;
}

void add_fidelity(SampleRow& row, const Fidelity& fidelity) {
  row.kl_first_token = fidelity.kl_first_token;
  row.kl_decoded = fidelity.kl_decoded;
  row.greedy_match = fidelity.greedy_match;
}

}  // namespace skipbench
