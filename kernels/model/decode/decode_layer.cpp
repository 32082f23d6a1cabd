#include "kernels/model/decode/decode_layer.h"

#include <ATen/ATen.h>

#include "kernels/model/head_norm.h"
#include "kernels/ops/products/linear.h"
#include "kernels/ops/products/swiglu.h"
#include "kernels/ops/rows/rms_norm.h"

namespace skipbench {

at::Tensor project_into_cache(const Model& model, int64_t layer, const at::Tensor& positions,
                              const ops::RopeTables& tables, const at::Tensor& hidden,
                              KvCache& cache) {
  const ModelConfig& c = model.config;
  const LayerWeights& w = model.weights.layers[layer];
  const int64_t count = hidden.size(0), heads = c.kv_heads + c.query_heads + c.kv_heads;
  const at::Tensor kqv =
      ops::linear(ops::rms_norm(hidden, w.attention_norm, c.norm_epsilon), w.kqv, w.kqv_bias)
          .view({count, heads, c.head_size});  // [n, Hkv + H + Hkv, d]
  normalise_heads_(kqv.narrow(1, 0, c.kv_heads), w.key_norm, c.norm_epsilon);
  const at::Tensor queries = kqv.narrow(1, c.kv_heads, c.query_heads);
  normalise_heads_(queries, w.query_norm, c.norm_epsilon);
  cache.await_copies(layer);
  cache.append(layer, kqv, positions, tables);
  return queries;
}

void add_decode_attention(const Model& model, int64_t layer, const at::Tensor& heads, int64_t pairs,
                          at::Tensor& hidden, WorkMeter& meter) {
  const ModelConfig& c = model.config;
  const int64_t count = hidden.size(0), width = c.query_heads * c.head_size;
  count_decode_attention(c, count, pairs, meter);
  const LayerWeights& w = model.weights.layers[layer];
  hidden.add_(ops::linear(heads.view({count, width}), w.attention_out, w.attention_out_bias));
}

at::Tensor decode_ffn(const Model& model, int64_t layer, const at::Tensor& hidden,
                      WorkMeter& meter) {
  const ModelConfig& c = model.config;
  const LayerWeights& w = model.weights.layers[layer];
  count_decode_ffn(c, hidden.size(0), meter);
  const at::Tensor normed = ops::rms_norm(hidden, w.ffn_norm, c.norm_epsilon);
  return ops::linear(ops::swiglu(ops::linear(normed, w.gate_up)), w.down);
}

void count_decode_attention(const ModelConfig& config, int64_t count, int64_t pairs,
                            WorkMeter& meter) {
  meter.linear(WorkKind::kProjection, count, config.width, config.kqv_width());
  meter.attention(pairs, config.query_heads, config.head_size);
  meter.linear(WorkKind::kProjection, count, config.query_heads * config.head_size, config.width);
}

void count_decode_ffn(const ModelConfig& config, int64_t count, WorkMeter& meter) {
  meter.linear(WorkKind::kFfn, count, config.width, 2 * config.ffn_width);
  meter.linear(WorkKind::kFfn, count, config.ffn_width, config.width);
}

}  // namespace skipbench
