#include "kernels/model/prefill/prefill_layer.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "kernels/base/ceil_div.h"
#include "kernels/base/check.h"
#include "kernels/model/head_norm.h"
#include "kernels/model/rope.h"
#include "kernels/ops/products/linear.h"
#include "kernels/ops/products/swiglu.h"
#include "kernels/ops/rows/rope.h"
#include "kernels/ops/rows/row_buffer.h"

namespace skipbench {
namespace {

// The FFN runs in chunks of rows: its widest activation [rows, 2 F] stays bounded at any length.
constexpr int64_t kFfnChunkBytes = int64_t{1} << 30;
// On a CPU smaller, for the cache: about so many bytes, but rows enough for products at full rate.
// SmolLM2's FFN of 4,096 tokens takes 109 ms in chunks of 512 or 1,024 rows, 123 in one (AMD EPYC).
constexpr int64_t kCpuFfnChunkBytes = int64_t{12} << 20, kCpuFfnChunkRows = 512;

int64_t most_ffn_chunk_rows(const ModelConfig& config, const at::Tensor& input) {
  const int64_t row_bytes = 2 * config.ffn_width * static_cast<int64_t>(input.element_size());
  return input.is_cpu() ? std::max(kCpuFfnChunkRows, kCpuFfnChunkBytes / row_bytes)
                        : std::max<int64_t>(1, kFfnChunkBytes / row_bytes);
}

}  // namespace

PrefillLayer::PrefillLayer(const Model& model, const RopeTable& rope, const Prompt& prompt,
                           int64_t layer, ResidualStream stream, at::Tensor positions,
                           WorkMeter& meter)
    : LayerContext(model, layer, meter),
      rope_(rope),
      prompt_(prompt),
      stream_(std::move(stream)),
      positions_(std::move(positions)) {}

const at::Tensor& PrefillLayer::attention_input() {
  require(!attention_over_, "attention_input() asked for after attention");
  if (!attention_input_.defined()) {
    attention_input_ = stream_.norm(weights().attention_norm, config().norm_epsilon);  // [T, D]
  }
  return attention_input_;
}

at::Tensor PrefillLayer::project_part(const at::Tensor& input, int64_t first, int64_t count) {
  const LayerWeights& w = weights();
  meter_.linear(WorkKind::kProjection, input.size(0), config().width, count);
  const at::Tensor bias = w.kqv_bias.defined() ? w.kqv_bias.narrow(0, first, count) : at::Tensor();
  return ops::linear_with_room(input, w.kqv.narrow(0, first, count), bias);
}

void PrefillLayer::rotate(const at::Tensor& x, const TokenRows& rows) const {
  ops::rope_at_(x, gather(positions_, rows), rope_.tables());
}

const at::Tensor& PrefillLayer::keys() {
  if (!keys_.defined()) {
    keys_ = project_part(attention_input(), 0, key_width())
                .view({live(), config().kv_heads, config().head_size});  // [T, Hkv, d]
    normalise_heads_(keys_, weights().key_norm, config().norm_epsilon);
    rotate(keys_, TokenRows::all(live()));
  }
  return keys_;
}

at::Tensor PrefillLayer::last_queries(int64_t count) {
  const int64_t first = live() - count;
  return queries_of(attention_input().narrow(0, first, count), positions_.narrow(0, first, count));
}

at::Tensor PrefillLayer::queries_of(const at::Tensor& input, const at::Tensor& positions) {
  const at::Tensor queries = project_part(input, key_width(), query_width())
                                 .view({input.size(0), config().query_heads, config().head_size});
  normalise_heads_(queries, weights().query_norm, config().norm_epsilon);
  ops::rope_at_(queries, positions, rope_.tables());
  return queries;
}

at::Tensor PrefillLayer::values(const TokenRows& rows) {
  return project_part(gather(attention_input(), rows), key_width() + query_width(), key_width())
      .view({rows.count(), config().kv_heads, config().head_size});  // [M, Hkv, d]
}

const SeenAttention& PrefillLayer::seen() {
  if (!seen_) {
    require(!attention_over_, "seen() asked for after the FFN began");
    project(Reads::all(live()));
  }
  return *seen_;
}

// What reads() projected of all living tokens serves them all, gathered or not.
void PrefillLayer::project(const Reads& reads) {
  if (seen_ && reads.everyone_asks()) return;
  require(!seen_, "reads: a method that looks at seen() lets all living tokens ask");
  seen_.emplace(reads.asks, reads.sees, inputs_of(reads));
}

AttentionInputs PrefillLayer::inputs_of(const Reads& reads) {
  if (reads.asks.count() != reads.sees.count()) {
    return {.queries =
                queries_of(gather(attention_input(), reads.asks), gather(positions_, reads.asks)),
            .keys = gather(keys(), reads.sees),
            .values = values(reads.sees),
            .room = reads.sees.selects_all()};
  }

  // Q and V of the same rows are one product; the keys may be there already from a probe.
  const int64_t count = reads.asks.count();
  const at::Tensor qv = project_part(gather(attention_input(), reads.asks), key_width(),
                                     query_width() + key_width());  // [M, (H + Hkv) * d]
  const at::Tensor queries =
      qv.narrow(1, 0, query_width()).view({count, config().query_heads, config().head_size});
  normalise_heads_(queries, weights().query_norm, config().norm_epsilon);
  rotate(queries, reads.asks);
  const at::Tensor values =
      qv.narrow(1, query_width(), key_width()).view({count, config().kv_heads, config().head_size});
  const at::Tensor visible_keys = reads.sees.selects_all()
                                      ? keys()
                                      : ops::gather_with_room(keys(), reads.sees.indices(device()));
  return {.queries = queries, .keys = visible_keys, .values = values, .room = true};
}

void PrefillLayer::end_attention(const TokenRows& rows, const at::Tensor& heads, bool keep_output) {
  updated_ = rows;
  attention_over_ = true;
  attention_input_.reset();
  const LayerWeights& w = weights();
  if (rows.selects_all() && !keep_output && !w.attention_out_bias.defined()) {
    ops::linear_add_(stream_.hidden(), heads, w.attention_out);
    return;
  }
  const at::Tensor output = ops::linear(heads, w.attention_out, w.attention_out_bias);  // [M, D]
  stream_.add(rows, output);
  if (keep_output) attention_output_ = output;
}

const at::Tensor& PrefillLayer::attention_output() const {
  require(attention_output_.defined(),
          "attention_output() asked for before attention, or by a method that does not say that it "
          "reads it");
  return attention_output_;
}

void PrefillLayer::drop(const TokenRows& rows) {
  if (rows.selects_all()) return;
  stream_.keep(rows);
  positions_ = gather(positions_, rows);
  if (ffn_input_all_.defined()) ffn_input_all_ = gather(ffn_input_all_, rows);
  if (ffn_output_all_.defined()) ffn_output_all_ = gather(ffn_output_all_, rows);
}

at::Tensor PrefillLayer::ffn_input(const TokenRows& rows) {
  require(attention_over_, "ffn_input() asked for before attention");
  if (ffn_input_all_.defined()) return gather(ffn_input_all_, rows);
  const at::Tensor& weight = weights().ffn_norm;
  const double epsilon = config().norm_epsilon;
  if (!rows.selects_all()) return stream_.norm(rows, weight, epsilon);  // [M, D]
  ffn_input_all_ = stream_.norm(weight, epsilon);                       // [T, D]
  return ffn_input_all_;
}

// The FFN of the rows up to its last product, chunk by chunk: add(begin, count, wide), where wide
// [count, F] is still to be multiplied by W_down^T.
template <class Add>
void PrefillLayer::ffn_chunks(const TokenRows& rows, const Add& add) {
  const at::Tensor input = ffn_input(rows);  // [M, D]
  meter_.linear(WorkKind::kFfn, rows.count(), config().width, 2 * config().ffn_width);
  meter_.linear(WorkKind::kFfn, rows.count(), config().ffn_width, config().width);
  const int64_t chunk = equal_chunk(rows.count(), most_ffn_chunk_rows(config(), input));
  for (int64_t begin = 0; begin < rows.count(); begin += chunk) {
    const int64_t count = std::min(chunk, rows.count() - begin);
    add(begin, count, ops::swiglu(ops::linear(input.narrow(0, begin, count), weights().gate_up)));
  }
}

at::Tensor PrefillLayer::ffn_output(const TokenRows& rows) {
  if (ffn_output_all_.defined()) return gather(ffn_output_all_, rows);
  at::Tensor output = at::empty({rows.count(), config().width}, stream_.options());
  ffn_chunks(rows, [&](int64_t begin, int64_t count, const at::Tensor& wide) {
    ops::linear_out(output.narrow(0, begin, count), wide, weights().down);
  });
  if (rows.selects_all()) ffn_output_all_ = output;
  return output;
}

void PrefillLayer::add_ffn(const FfnRows& ffn) {
  const TokenRows& rows = ffn.rows;
  if (ffn.scale.defined()) {
    stream_.add(rows, ffn_output(rows) * ffn.scale.to(stream_.options()).unsqueeze(1));
    return;
  }
  if (!rows.selects_all() || ffn_output_all_.defined()) {
    stream_.add(rows, ffn_output(rows));
    return;
  }
  ffn_chunks(rows, [&](int64_t begin, int64_t count, const at::Tensor& wide) {
    ops::linear_add_(stream_.hidden().narrow(0, begin, count), wide, weights().down);
  });
}

}  // namespace skipbench
