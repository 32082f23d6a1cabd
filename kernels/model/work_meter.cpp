#include "kernels/model/work_meter.h"

#include <numeric>

#include "kernels/base/error.h"
#include "kernels/model/model_config.h"

namespace skipbench {

std::string_view work_kind_name(WorkKind kind) {
  switch (kind) {
    case WorkKind::kProjection:
      return "projection";
    case WorkKind::kAttention:
      return "attention";
    case WorkKind::kFfn:
      return "ffn";
    case WorkKind::kProbe:
      return "probe";
    case WorkKind::kOutput:
      return "output";
  }
  throw ContractError("work_kind_name: not a kind of work");
}

int64_t WorkMeter::total() const {
  return std::accumulate(flops_.begin(), flops_.end(), int64_t{0});
}

WorkMeter WorkMeter::until(const WorkMeter& later) const {
  WorkMeter between = later;
  for (int kind = 0; kind < kWorkKinds; ++kind) between.flops_[kind] -= flops_[kind];
  return between;
}

void WorkMeter::add(const WorkMeter& other) {
  for (int kind = 0; kind < kWorkKinds; ++kind) flops_[kind] += other.flops_[kind];
}

int64_t full_prefill_flops(const ModelConfig& config, int64_t tokens) {
  WorkMeter meter;
  for (int64_t layer = 0; layer < config.layers; ++layer) {
    meter.linear(WorkKind::kProjection, tokens, config.width, config.kqv_width());
    meter.attention(causal_pairs(tokens), config.query_heads, config.head_size);
    meter.linear(WorkKind::kProjection, tokens, config.query_heads * config.head_size,
                 config.width);
    meter.linear(WorkKind::kFfn, tokens, config.width, 2 * config.ffn_width);
    meter.linear(WorkKind::kFfn, tokens, config.ffn_width, config.width);
  }
  meter.linear(WorkKind::kOutput, 1, config.width, config.vocabulary);
  return meter.total();
}

}  // namespace skipbench
