#include "kernels/model/decoder.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>

#include "kernels/base/check.h"
#include "kernels/model/cache/index_list.h"
#include "kernels/model/decode/decode_graph.h"
#include "kernels/model/decode/decode_layer.h"
#include "kernels/model/decode/step_pass.h"
#include "kernels/model/prefill/prefill_pass.h"
#include "kernels/model/rope.h"
#include "kernels/ops/attention/attention.h"
#include "kernels/ops/device/profile.h"
#include "kernels/ops/products/linear.h"
#include "kernels/ops/rows/argmax.h"
#include "kernels/ops/rows/rms_norm.h"

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
  return ops::linear(normed, model.weights.output).to(at::kFloat);
}

// Attention of the n newest tokens over the cache; updates hidden [n, D] in place.
void attend_to_cache(const Model& model, int64_t layer, const at::Tensor& positions,
                     const ops::RopeTables& tables, at::Tensor& hidden, Sequence& sequence) {
  const int64_t count = hidden.size(0);
  const at::Tensor queries =
      project_into_cache(model, layer, positions, tables, hidden, sequence.cache);
  const LayerCache& rows = sequence.cache.layer(layer);
  const at::Tensor heads = ops::cached_attention(queries, rows.keys.narrow(1, 0, rows.length),
                                                 rows.values.narrow(1, 0, rows.length));
  const int64_t pairs = causal_pairs(rows.length) - causal_pairs(rows.length - count);
  sequence.activity.decode_rows += pairs;
  add_decode_attention(model, layer, heads, pairs, hidden, sequence.decode_work);
}

// The layer's FFN for the n newest tokens.
void run_ffn(const Model& model, int64_t layer, at::Tensor& hidden, Sequence& sequence) {
  ++sequence.activity.decode_layers;
  ++sequence.activity.decode_ffns;
  hidden.add_(decode_ffn(model, layer, hidden, sequence.decode_work));
}

// Rows may have left the cache when the prompt ended.
void recount_rows(Sequence& sequence) {
  for (int64_t layer = 0; layer < sequence.cache.layers(); ++layer) {
    const LayerCache& rows = sequence.cache.layer(layer);
    LayerActivity& activity = sequence.activity.layers[layer];
    if (activity.kv_length == rows.length) continue;
    activity.kv_length = rows.length;
    if (!activity.kv_positions.empty()) activity.kv_positions = {host_list(rows.positions)};
  }
}

}  // namespace

void Sequence::rewind(const Mark& mark) {
  cache = KvCache(mark.cache).snapshot();
  next_position = mark.next_position;
  logits = mark.logits;
  next_token.reset();
  run = mark.run->clone();
  steps = 0;
  activity.begin_decode();
  decode_work = {};
}

void Sequence::end_prompt() {
  run->end_prompt(cache);
  recount_rows(*this);
  activity.begin_decode();
}

Decoder::Decoder(const Model& model)
    : model_(model),
      rope_(std::make_unique<RopeTable>(model.config, model.device())),
      copies_(std::make_shared<CopyStream>(model.device())) {}

Decoder::~Decoder() = default;

Sequence Decoder::prefill(const Prompt& prompt, const TokenPolicy& policy,
                          const PrefillOptions& options) {
  const c10::InferenceMode inference;
  check_tokens(model_, prompt.tokens, 0);
  rope_->reserve(prompt.length());

  Sequence sequence(KvCache(model_.config, model_.device(), model_.dtype(), copies_),
                    policy.needs(),
                    policy.begin(prompt, {options.max_new_tokens, options.compute_everything}));
  const at::Tensor last = PrefillPass(model_, *rope_, options, sequence).run(prompt);
  sequence.work.linear(WorkKind::kOutput, 1, model_.config.width, model_.config.vocabulary);
  sequence.logits = logits_of(model_, last).squeeze(0);
  sequence.end_prompt();
  if (!options.defer_counts) read_counts(sequence);
  return sequence;
}

void Decoder::read_counts(Sequence& sequence) const {
  const c10::InferenceMode inference;
  sequence.deferred_pairs.settle(model_.config, sequence.activity.layers, sequence.work);
}

at::Tensor Decoder::extend(Sequence& sequence, std::span<const int32_t> tokens) {
  const c10::InferenceMode inference;
  check_tokens(model_, tokens, sequence.next_position);
  const size_t at_once = sequence.needs.steps == Steps::kFree ? tokens.size() : 1;
  std::vector<at::Tensor> logits;
  for (; !tokens.empty(); tokens = tokens.subspan(at_once)) {
    logits.push_back(extend_at_once(sequence, tokens.first(at_once)));
  }
  return logits.size() == 1 ? logits.front() : at::cat(logits);
}

Decoder::Path Decoder::path_of(const Sequence& sequence) const {
  if (!model_.device().is_cuda()) return {nullptr, "there are no CUDA graphs on a CPU"};
  const Steps steps = sequence.needs.steps;
  if (steps == Steps::kWhole) {
    return {nullptr, "the method is asked about every layer of decode steps"};
  }
  if (steps == Steps::kFfn) return {nullptr, "the method decides on FFNs in decode steps"};
  const int64_t lists = sequence.cache.lists();
  if (lists == 0) {
    return {nullptr,
            "query heads have caches of their own in some layers, and share them in others"};
  }
  const auto [found, is_new] = graphs_.try_emplace(lists);
  if (is_new) found->second = DecodeGraph::of(model_, lists);
  if (found->second) return {found->second.get()};
  return {nullptr, "the graph's kernels do not serve this dtype or shape"};
}

std::string_view Decoder::eager_reason(const Sequence& sequence) const {
  return path_of(sequence).eager_reason;
}

int64_t Decoder::graphs_captured() const {
  return std::count_if(graphs_.begin(), graphs_.end(), [](const auto& entry) {
    return entry.second && entry.second->is_captured();
  });
}

at::Tensor Decoder::extend_at_once(Sequence& sequence, std::span<const int32_t> tokens) {
  const auto count = static_cast<int64_t>(tokens.size());
  DecodeGraph* const graph = count == 1 ? path_of(sequence).graph : nullptr;
  rope_->reserve(sequence.next_position + count);
  sequence.next_token.reset();
  if (sequence.needs.steps != Steps::kFree) {
    sequence.run->begin_step(sequence.cache, sequence.steps);
  }
  const at::Tensor logits =
      graph ? run_graph(sequence, tokens.front(), *graph) : run_eagerly(sequence, tokens);
  const ModelConfig& c = model_.config;
  const int64_t before = sequence.activity.prompt_length + sequence.steps;
  sequence.activity.decode_context +=
      c.layers * (causal_pairs(before + count) - causal_pairs(before));
  sequence.decode_work.linear(WorkKind::kOutput, count, c.width, c.vocabulary);
  sequence.activity.decode_steps += count;
  sequence.next_position += count;
  sequence.steps += count;
  sequence.logits = logits[count - 1];
  return logits;
}

// The step without a graph: [n, V] logits.
at::Tensor Decoder::run_eagerly(Sequence& sequence, std::span<const int32_t> tokens) {
  at::Tensor hidden = model_.weights.embedding.index_select(0, device_ids(tokens, model_.device()));
  const bool asked = sequence.needs.steps == Steps::kFfn || sequence.needs.steps == Steps::kWhole;
  hidden = asked ? StepPass(model_, *rope_, sequence).run(std::move(hidden))
                 : run_layers(sequence, std::move(hidden));
  return logits_of(model_, hidden);
}

// The step of one token as a replay: [1, V] logits. Counts what run_layers counts.
at::Tensor Decoder::run_graph(Sequence& sequence, int32_t token, DecodeGraph& graph) {
  const ops::RopeTables tables = rope_->tables();
  const int64_t position = sequence.next_position;
  for (int64_t layer = 0; layer < model_.config.layers; ++layer) {
    const int64_t pairs = sequence.cache.add_rows(layer, 1) + 1;
    sequence.activity.decode_rows += pairs;
    count_decode_attention(model_.config, 1, pairs, sequence.decode_work);
    count_decode_ffn(model_.config, 1, sequence.decode_work);
  }
  sequence.activity.decode_layers += model_.config.layers;
  sequence.activity.decode_ffns += model_.config.layers;
  ++sequence.activity.graph_steps;
  const ops::RopeTables rotation = {tables.cosine.narrow(0, position, 1),
                                    tables.sine.narrow(0, position, 1)};
  const ProfileScope timed(OpGroup::kGraph);
  DecodeGraph::Result result = graph.run(token, rotation, sequence.cache);
  sequence.next_token = result.next_token;
  return result.logits;
}

at::Tensor Decoder::run_layers(Sequence& sequence, at::Tensor hidden) {
  const at::Tensor positions =
      at::arange(sequence.next_position, sequence.next_position + hidden.size(0),
                 at::TensorOptions(model_.device()).dtype(at::kLong));
  for (int64_t layer = 0; layer < model_.config.layers; ++layer) {
    const ProfiledLayer timed(layer);
    attend_to_cache(model_, layer, positions, rope_->tables(), hidden, sequence);
    run_ffn(model_, layer, hidden, sequence);
  }
  return hidden;
}

int32_t greedy_token(const at::Tensor& logits) {
  return static_cast<int32_t>(ops::argmax_token(logits).item<int64_t>());
}

int32_t greedy_token(const Sequence& sequence) {
  if (!sequence.next_token.defined()) return greedy_token(sequence.logits);
  return static_cast<int32_t>(sequence.next_token.item<int64_t>());
}

}  // namespace skipbench
