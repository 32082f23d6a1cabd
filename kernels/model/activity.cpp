#include "kernels/model/activity.h"

#include "kernels/model/work_meter.h"

namespace skipbench {
namespace {

// The sum of one count over the layers, as a share of `full` a layer.
double share(const Activity& activity, int64_t LayerActivity::*count, int64_t full) {
  int64_t sum = 0;
  for (const LayerActivity& layer : activity.layers) sum += layer.*count;
  return static_cast<double>(sum) /
         (static_cast<double>(full) * static_cast<double>(activity.layers.size()));
}

}  // namespace

double Activity::attention_share() const {
  return share(*this, &LayerActivity::attention_updated, prompt_length);
}
double Activity::ffn_share() const {
  return share(*this, &LayerActivity::ffn_updated, prompt_length);
}
double Activity::attention_pair_share() const {
  return share(*this, &LayerActivity::attention_pairs, causal_pairs(prompt_length));
}
double Activity::kv_share() const {
  int64_t rows = 0;
  for (const LayerActivity& layer : layers) rows += layer.kv_length * layer.kv_lists;
  return static_cast<double>(rows) /
         (static_cast<double>(prompt_length) * static_cast<double>(layers.size()));
}

std::optional<double> Activity::decode_ffn_share() const {
  if (decode_layers == 0) return std::nullopt;
  return static_cast<double>(decode_ffns) / static_cast<double>(decode_layers);
}

std::optional<double> Activity::decode_kv_share() const {
  if (decode_context == 0) return std::nullopt;
  return static_cast<double>(decode_rows) / static_cast<double>(decode_context);
}

std::string_view Activity::decode_path() const {
  if (decode_steps == 0) return "";
  if (graph_steps == 0) return "eager";
  return graph_steps == decode_steps ? "graph" : "mixed";
}

void Activity::begin_decode() {
  decode_ffns = decode_layers = decode_rows = decode_context = 0;
  revived_tokens = revived_rows = recalled_rows = graph_steps = decode_steps = 0;
}

bool Activity::active() const {
  return attention_share() < 1 || ffn_share() < 1 || attention_pair_share() < 1 ||
         share(*this, &LayerActivity::kv_length, prompt_length) < 1 ||
         decode_ffn_share().value_or(1) < 1 || decode_kv_share().value_or(1) < 1;
}

}  // namespace skipbench
