#include "kernels/model/decoder.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include "kernels/base/check.h"
#include "kernels/model/head_norm.h"
#include "kernels/model/prefill_pass.h"
#include "kernels/model/rope.h"
#include "kernels/ops/attention.h"
#include "kernels/ops/rms_norm.h"
#include "kernels/ops/rope.h"
#include "kernels/ops/swiglu.h"

namespace skipbench {
namespace {

at::Tensor device_ids(std::span<const int32_t> tokens, at::Device device) {
  const at::Tensor host =
      at::from_blob(const_cast<int32_t*>(tokens.data()), {static_cast<int64_t>(tokens.size())},
                    at::TensorOptions(at::kInt));
  return host.to(device, at::kLong);  // [n]; the conversion copies
}

void check_tokens(const Model& model, std::span<const int32_t> tokens, int64_t first_position) {
  if (tokens.empty()) throw InputError("the prompt is empty: at least one token is needed");
  for (const int32_t token : tokens) {
    if (token >= 0 && token < model.config.vocabulary) continue;
    throw InputError(fmt::format("token id {} is outside the vocabulary of {} ({} tokens)", token,
                                 model.config.name, model.config.vocabulary));
  }
  const int64_t length = first_position + static_cast<int64_t>(tokens.size());
  if (length > model.config.context) {
    throw InputError(fmt::format("{} tokens do not fit the context of {} ({}); shorten the prompt",
                                 length, model.config.name, model.config.context));
  }
}

// Hidden rows [n, D] to logits [n, V] in fp32.
at::Tensor logits_of(const Model& model, const at::Tensor& hidden) {
  const at::Tensor normed =
      ops::rms_norm(hidden, model.weights.final_norm, model.config.norm_epsilon);
  return at::linear(normed, model.weights.output).to(at::kFloat);
}

// Attention of the n newest tokens over the cache; updates hidden [n, D] in place.
void decode_attention(const Model& model, int64_t layer, const RopeTable::Rotation& rotation,
                      at::Tensor& hidden, KvCache& cache) {
  const ModelConfig& c = model.config;
  const LayerWeights& w = model.weights.layers[layer];
  const int64_t count = hidden.size(0);
  const at::Tensor kqv =
      at::linear(ops::rms_norm(hidden, w.attention_norm, c.norm_epsilon), w.kqv, w.kqv_bias)
          .view({count, 2 * c.kv_heads + c.query_heads, c.head_size});  // [n, Hkv + H + Hkv, d]
  normalise_heads_(kqv.narrow(1, 0, c.kv_heads), w.key_norm, c.norm_epsilon);
  normalise_heads_(kqv.narrow(1, c.kv_heads, c.query_heads), w.query_norm, c.norm_epsilon);
  ops::rope_(kqv.narrow(1, 0, c.kv_heads + c.query_heads), rotation.cosine, rotation.sine);
  cache.append(layer, kqv.narrow(1, 0, c.kv_heads),
               kqv.narrow(1, c.kv_heads + c.query_heads, c.kv_heads));
  const LayerCache& rows = cache.layer(layer);
  const at::Tensor heads = ops::cached_attention(kqv.narrow(1, c.kv_heads, c.query_heads),
                                                 rows.keys.narrow(1, 0, rows.length),
                                                 rows.values.narrow(1, 0, rows.length));
  hidden.add_(at::linear(heads.view({count, c.query_heads * c.head_size}), w.attention_out,
                         w.attention_out_bias));
}

// The layer's FFN for the n newest tokens, unless the method leaves it out.
void decode_ffn(const Model& model, int64_t layer, at::Tensor& hidden, Sequence& sequence) {
  ++sequence.activity.decode_layers;
  if (!sequence.hooks->gate_ffn(layer)) return;
  ++sequence.activity.decode_ffns;
  const LayerWeights& w = model.weights.layers[layer];
  const at::Tensor normed = ops::rms_norm(hidden, w.ffn_norm, model.config.norm_epsilon);
  const at::Tensor update = at::linear(ops::swiglu(at::linear(normed, w.gate_up)), w.down);
  if (!sequence.hooks->gates_decode()) {
    hidden.add_(update);
    return;
  }
  const at::Tensor before = hidden;
  hidden = before + update;
  sequence.hooks->ffn_done(layer, before, hidden);
}

}  // namespace

void Sequence::rewind(const Mark& mark) {
  cache.truncate(mark.lengths);
  next_position = mark.next_position;
  logits = mark.logits;
  begin_decode();
}

void Sequence::begin_decode() {
  steps = activity.decode_ffns = activity.decode_layers = 0;
  hooks->begin_decode(max_new_tokens);
}

Decoder::Decoder(const Model& model)
    : model_(model), rope_(std::make_unique<RopeTable>(model.config, model.device())) {}

Decoder::~Decoder() = default;

Sequence Decoder::prefill(const Prompt& prompt, LayerHooks& hooks, const PrefillOptions& options) {
  const c10::InferenceMode inference;
  check_tokens(model_, prompt.tokens, 0);
  rope_->reserve(prompt.length());

  Sequence sequence(KvCache(model_.config, model_.device(), model_.dtype()), hooks,
                    options.max_new_tokens);
  const at::Tensor last = PrefillPass(model_, *rope_, hooks, options, sequence).run(prompt);
  sequence.work.linear(WorkKind::kOutput, 1, model_.config.width, model_.config.vocabulary);
  sequence.logits = logits_of(model_, last).squeeze(0);
  sequence.begin_decode();
  return sequence;
}

at::Tensor Decoder::extend(Sequence& sequence, std::span<const int32_t> tokens) {
  const c10::InferenceMode inference;
  check_tokens(model_, tokens, sequence.next_position);
  const size_t at_once = sequence.hooks->gates_decode() ? 1 : tokens.size();
  std::vector<at::Tensor> logits;
  for (; !tokens.empty(); tokens = tokens.subspan(at_once)) {
    logits.push_back(extend_at_once(sequence, tokens.first(at_once)));
  }
  return at::cat(logits);
}

at::Tensor Decoder::extend_at_once(Sequence& sequence, std::span<const int32_t> tokens) {
  const auto count = static_cast<int64_t>(tokens.size());
  rope_->reserve(sequence.next_position + count);
  at::Tensor hidden = model_.weights.embedding.index_select(0, device_ids(tokens, model_.device()));
  const at::Tensor positions = at::arange(sequence.next_position, sequence.next_position + count,
                                          at::TensorOptions(model_.device()).dtype(at::kLong));
  const RopeTable::Rotation rotation = rope_->at(positions);
  sequence.hooks->begin_step(sequence.steps);
  for (int64_t layer = 0; layer < model_.config.layers; ++layer) {
    decode_attention(model_, layer, rotation, hidden, sequence.cache);
    decode_ffn(model_, layer, hidden, sequence);
  }
  const at::Tensor logits = logits_of(model_, hidden);  // [n, V]
  sequence.next_position += count;
  sequence.steps += count;
  sequence.logits = logits[count - 1];
  return logits;
}

int32_t greedy_token(const at::Tensor& logits) {
  return static_cast<int32_t>(logits.argmax().item<int64_t>());
}

}  // namespace skipbench
