#include "kernels/model/weights.h"

#include <ATen/ATen.h>

#include "kernels/base/check.h"

namespace skipbench {
namespace {

void require_shape(const at::Tensor& tensor, std::string_view name, at::IntArrayRef shape) {
  require(tensor.defined(), "weights: {} is missing", name);
  require(tensor.sizes() == shape, "weights: {} has shape [{}], expected [{}]", name,
          fmt::join(tensor.sizes(), ", "), fmt::join(shape, ", "));
}

}  // namespace

void check_shapes(const Model& model) {
  const ModelConfig& c = model.config;
  const ModelWeights& w = model.weights;
  require(static_cast<int64_t>(w.layers.size()) == c.layers, "weights: {} layers, expected {}",
          w.layers.size(), c.layers);
  require_shape(w.embedding, "embedding", {c.vocabulary, c.width});
  require_shape(w.output, "output", {c.vocabulary, c.width});
  require_shape(w.final_norm, "final_norm", {c.width});
  for (int64_t i = 0; i < c.layers; ++i) {
    const LayerWeights& layer = w.layers[i];
    const auto check = [i](const at::Tensor& tensor, std::string_view name, at::IntArrayRef shape) {
      require_shape(tensor, fmt::format("layer {} {}", i, name), shape);
    };
    check(layer.attention_norm, "attention_norm", {c.width});
    check(layer.kqv, "kqv", {c.kqv_width(), c.width});
    if (c.qkv_bias) check(layer.kqv_bias, "kqv_bias", {c.kqv_width()});
    check(layer.attention_out, "attention_out", {c.width, c.query_heads * c.head_size});
    check(layer.ffn_norm, "ffn_norm", {c.width});
    check(layer.gate_up, "gate_up", {2 * c.ffn_width, c.width});
    check(layer.down, "down", {c.width, c.ffn_width});
    if (c.attention_out_bias) check(layer.attention_out_bias, "attention_out_bias", {c.width});
    if (!c.head_norms) continue;
    check(layer.query_norm, "query_norm", {c.head_size});
    check(layer.key_norm, "key_norm", {c.head_size});
  }
}

}  // namespace skipbench
