#include "kernels/model/layer_context.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "kernels/base/check.h"
#include "kernels/model/head_norm.h"
#include "kernels/model/rope.h"
#include "kernels/ops/rms_norm.h"
#include "kernels/ops/rope.h"
#include "kernels/ops/swiglu.h"

namespace skipbench {
namespace {

// The FFN runs in chunks of rows: its widest activation [rows, 2 F] stays bounded at any length.
constexpr int64_t kFfnChunkBytes = int64_t{1} << 30;

int64_t ffn_chunk_rows(const ModelConfig& config, const at::Tensor& input) {
  const int64_t row_bytes = 2 * config.ffn_width * static_cast<int64_t>(input.element_size());
  return std::max<int64_t>(1, kFfnChunkBytes / row_bytes);
}

}  // namespace

LayerContext::LayerContext(const Model& model, const RopeTable& rope, const Prompt& prompt,
                           int64_t layer, at::Tensor hidden, at::Tensor positions, WorkMeter& meter)
    : model_(model),
      rope_(rope),
      prompt_(prompt),
      layer_(layer),
      hidden_(std::move(hidden)),
      positions_(std::move(positions)),
      meter_(meter) {}

const at::Tensor& LayerContext::attention_input() {
  require(!attention_output_.defined(), "attention_input() asked for after attention");
  if (!attention_input_.defined()) {
    attention_input_ =
        ops::rms_norm(hidden_, weights().attention_norm, config().norm_epsilon);  // [T, D]
  }
  return attention_input_;
}

at::Tensor LayerContext::project_part(const at::Tensor& input, int64_t first, int64_t count) {
  const LayerWeights& w = weights();
  meter_.linear(WorkKind::kProjection, input.size(0), config().width, count);
  const at::Tensor part = w.kqv.narrow(0, first, count);
  if (!w.kqv_bias.defined()) return at::linear(input, part);
  return at::linear(input, part, w.kqv_bias.narrow(0, first, count));
}

void LayerContext::rotate(const at::Tensor& x, const TokenRows& rows) const {
  const RopeTable::Rotation rotation = rope_.at(gather(positions_, rows));
  ops::rope_(x, rotation.cosine, rotation.sine);
}

const at::Tensor& LayerContext::keys() {
  if (!keys_.defined()) {
    keys_ = project_part(attention_input(), 0, key_width())
                .view({live(), config().kv_heads, config().head_size});  // [T, Hkv, d]
    normalise_heads_(keys_, weights().key_norm, config().norm_epsilon);
    rotate(keys_, TokenRows::all(live()));
  }
  return keys_;
}

at::Tensor LayerContext::queries(const TokenRows& rows) {
  at::Tensor queries =
      project_part(gather(attention_input(), rows), key_width(), query_width())
          .view({rows.count(), config().query_heads, config().head_size});  // [M, H, d]
  normalise_heads_(queries, weights().query_norm, config().norm_epsilon);
  rotate(queries, rows);
  return queries;
}

at::Tensor LayerContext::values(const TokenRows& rows) {
  return project_part(gather(attention_input(), rows), key_width() + query_width(), key_width())
      .view({rows.count(), config().kv_heads, config().head_size});  // [M, Hkv, d]
}

AttentionInputs LayerContext::project(const AttentionRows& rows) {
  const bool same_rows = rows.updated.count() == rows.visible.count();
  if (!same_rows)
    return {queries(rows.updated), gather(keys(), rows.visible), values(rows.visible)};

  // Q and V of the same rows are one product; the keys may be there already from a probe.
  const int64_t count = rows.updated.count();
  const at::Tensor qv = project_part(gather(attention_input(), rows.updated), key_width(),
                                     query_width() + key_width());  // [M, (H + Hkv) * d]
  const at::Tensor queries =
      qv.narrow(1, 0, query_width()).view({count, config().query_heads, config().head_size});
  normalise_heads_(queries, weights().query_norm, config().norm_epsilon);
  rotate(queries, rows.updated);
  const at::Tensor values =
      qv.narrow(1, query_width(), key_width()).view({count, config().kv_heads, config().head_size});
  return {queries, gather(keys(), rows.visible), values};
}

void LayerContext::end_attention(const TokenRows& rows, at::Tensor output) {
  scatter_add(hidden_, rows, output);
  updated_ = rows;
  attention_output_ = std::move(output);
}

void LayerContext::drop(const TokenRows& rows) {
  if (rows.selects_all()) return;
  hidden_ = gather(hidden_, rows);
  positions_ = gather(positions_, rows);
  if (ffn_input_all_.defined()) ffn_input_all_ = gather(ffn_input_all_, rows);
  if (ffn_output_all_.defined()) ffn_output_all_ = gather(ffn_output_all_, rows);
}

at::Tensor LayerContext::ffn_input(const TokenRows& rows) {
  require(attention_output_.defined(), "ffn_input() asked for before attention");
  if (ffn_input_all_.defined()) return gather(ffn_input_all_, rows);
  const at::Tensor input = ops::rms_norm(gather(hidden_, rows), weights().ffn_norm,
                                         config().norm_epsilon);  // [M, D]
  if (rows.selects_all()) ffn_input_all_ = input;
  return input;
}

at::Tensor LayerContext::ffn_output(const TokenRows& rows) {
  if (ffn_output_all_.defined()) return gather(ffn_output_all_, rows);
  const at::Tensor input = ffn_input(rows);
  const LayerWeights& w = weights();
  meter_.linear(WorkKind::kFfn, rows.count(), config().width, 2 * config().ffn_width);
  meter_.linear(WorkKind::kFfn, rows.count(), config().ffn_width, config().width);
  const int64_t chunk = ffn_chunk_rows(config(), input);
  at::Tensor output;
  if (rows.count() <= chunk) {
    output = at::linear(ops::swiglu(at::linear(input, w.gate_up)), w.down);
  } else {
    output = at::empty_like(input);
    for (int64_t begin = 0; begin < rows.count(); begin += chunk) {
      const int64_t count = std::min(chunk, rows.count() - begin);
      const at::Tensor wide = ops::swiglu(at::linear(input.narrow(0, begin, count), w.gate_up));
      output.narrow(0, begin, count).copy_(at::linear(wide, w.down));
    }
  }
  if (rows.selects_all()) ffn_output_all_ = output;
  return output;
}

}  // namespace skipbench
