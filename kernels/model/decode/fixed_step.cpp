#include "kernels/model/decode/fixed_step.h"

#include <ATen/ATen.h>

#include "kernels/model/head_norm.h"
#include "kernels/ops/attention/decode_attention.h"
#include "kernels/ops/products/gemv.h"
#include "kernels/ops/rows/argmax.h"
#include "kernels/ops/rows/rows.h"

namespace skipbench {

using ops::kCachePlaceWidth;

FixedStep::FixedStep(const Model& model, int64_t lists) : model_(model), lists_(lists) {
  const ModelConfig& c = model.config;
  const auto options = at::TensorOptions(model.device()).dtype(model.dtype());
  const auto ids = options.dtype(at::kLong), floats = options.dtype(at::kFloat);
  inputs_ = at::zeros({kCachePlaceWidth * c.layers + 1}, ids);
  first_position_ = at::zeros({1}, ids);
  cosine_ = at::zeros({1, c.head_size / 2}, floats);
  sine_ = at::zeros({1, c.head_size / 2}, floats);
  hidden_ = at::zeros({1, c.width}, options);
  kqv_ = at::zeros({1, c.kqv_width()}, options);
  gated_ = at::zeros({1, c.ffn_width}, options);
  if (lists_ > 1) {
    const at::Tensor all = at::arange(c.kv_heads + c.query_heads + c.kv_heads, ids);
    const at::Tensor keys = all.narrow(0, 0, c.kv_heads),
                     queries = all.narrow(0, c.kv_heads, c.query_heads);
    const at::Tensor values = all.narrow(0, c.kv_heads + c.query_heads, c.kv_heads);
    expansion_ =
        at::cat({keys.repeat_interleave(lists_), queries, values.repeat_interleave(lists_)});
    expanded_ = at::zeros({1, expansion_.size(0), c.head_size}, options);
  }
  logits_ = at::zeros({1, c.vocabulary}, floats);
  next_token_ = at::zeros({1}, ids);
}

void FixedStep::set_inputs(int32_t token, const ops::RopeTables& rotation, const KvCache& cache) {
  // A new one each time: the allocator keeps pinned memory until its copy is through.
  const at::Tensor host =
      at::empty(inputs_.sizes(), at::TensorOptions(at::kLong).pinned_memory(inputs_.is_cuda()));
  auto* next = host.mutable_data_ptr<int64_t>();
  for (int64_t i = 0; i < model_.config.layers; ++i, next += kCachePlaceWidth) {
    const LayerCache& layer = cache.layer(i);
    ops::write_place(next, layer.keys, layer.values, layer.length - 1);
  }
  *next = token;
  inputs_.copy_(host, /*non_blocking=*/true);
  cosine_.copy_(rotation.cosine);
  sine_.copy_(rotation.sine);
}

void FixedStep::run() {
  const ModelWeights& w = model_.weights;
  const at::Tensor token = inputs_.narrow(0, inputs_.size(0) - 1, 1);
  ops::gather_rows_out(hidden_, w.embedding, token);
  for (int64_t layer = 0; layer < model_.config.layers; ++layer) run_layer(layer);
  ops::gemv_out(logits_, hidden_, w.output, {}, {w.final_norm, model_.config.norm_epsilon});
  ops::argmax_token_out(next_token_, logits_);
}

void FixedStep::run_layer(int64_t layer) {
  const ModelConfig& c = model_.config;
  const LayerWeights& w = model_.weights.layers[layer];
  project_into_cache(layer);
  const at::Tensor attended = ops::decode_attention(queries(), cache(layer), c.context);
  ops::gemv_add_(hidden_, attended.view({1, c.query_heads * c.head_size}), w.attention_out);
  if (w.attention_out_bias.defined()) hidden_.add_(w.attention_out_bias);
  ops::gemv_swiglu_out(gated_, hidden_, w.gate_up, {w.ffn_norm, c.norm_epsilon});
  ops::gemv_add_(hidden_, gated_, w.down);
}

void FixedStep::project_into_cache(int64_t layer) {
  const ModelConfig& c = model_.config;
  const LayerWeights& w = model_.weights.layers[layer];
  const ops::NormPrologue norm{w.attention_norm, c.norm_epsilon};
  if (lists_ == 1 && !w.key_norm.defined() && !w.query_norm.defined()) {
    return ops::gemv_kqv_into_cache_out(kqv_, hidden_, w.kqv, w.kqv_bias, norm, {cosine_, sine_},
                                        cache(layer));
  }
  ops::gemv_out(kqv_, hidden_, w.kqv, w.kqv_bias, norm);
  normalise_heads_(heads().narrow(1, 0, c.kv_heads), w.key_norm, c.norm_epsilon);
  normalise_heads_(heads().narrow(1, c.kv_heads, c.query_heads), w.query_norm, c.norm_epsilon);
  if (lists_ > 1) at::index_select_out(expanded_, heads(), 1, expansion_);
  ops::rope_kqv_into_cache_(lists_ > 1 ? expanded_ : heads(), first_position_, {cosine_, sine_},
                            cache(layer));
}

at::Tensor FixedStep::heads() const {
  const ModelConfig& c = model_.config;
  return kqv_.view({1, c.query_heads + 2 * c.kv_heads, c.head_size});
}

at::Tensor FixedStep::queries() const {
  return (lists_ > 1 ? expanded_ : heads()).narrow(1, cache_heads(), model_.config.query_heads);
}

ops::PlacedCache FixedStep::cache(int64_t layer) const {
  return {inputs_.narrow(0, kCachePlaceWidth * layer, kCachePlaceWidth), cache_heads()};
}

bool FixedStep::has_kernels() const {
  return ops::decode_attention_has_kernel(queries(), cache_heads());
}

}  // namespace skipbench
