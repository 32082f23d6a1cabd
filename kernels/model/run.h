#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "kernels/model/point.h"
#include "kernels/model/prompt.h"
#include "kernels/model/seen_attention.h"
#include "kernels/model/token_rows.h"
#include "kernels/ops/sparse/sparse_attention.h"

namespace skipbench {

class KvCache;
class LayerContext;

/// How much of a decode step a method is asked about.
enum class Steps {
  kFree,     // nothing: several tokens may be fed at once, and a GPU replays a CUDA graph
  kBetween,  // begin_step() alone: rows may leave the cache between steps, which replay a graph
  kFfn,      // begin_step(), ffn() and lives() too
  kWhole,    // every question
};

/// What a method needs of the model core, known before any prompt.
struct Needs {
  Steps steps = Steps::kFree;
  /// Layers in which LayerContext::attention_output() is read; in the others the projection of the
  /// heads may be added to the residual stream without ever standing by itself.
  std::vector<int64_t> attention_output = {};
  /// Tokens that lives() drops in a prompt are set aside, so that it may bring them back in a step.
  bool revival = false;
  /// Under SequenceOptions::compute_everything attention takes the method's own operation even
  /// where it selects everything; its sums may be rounded otherwise than the core's.
  bool can_compute_everything = false;

  /// Rows may leave or enter the cache while decoding.
  bool steps_change_cache() const { return steps == Steps::kBetween || steps == Steps::kWhole; }
};

/// Attention that a method computed itself.
struct Attended {
  at::Tensor heads;  // [M, H, d]
  at::Tensor pairs;  // [] int64 on the device: query-key pairs computed, the mean over heads
};

/// Who asks in a layer's attention, and what they see. Ranks count among the living tokens; in a
/// step the new token asks, and only `sees` is answered.
struct Reads {
  TokenRows asks;  // queries: their hidden states receive the attention output
  TokenRows sees;  // keys and values; holds every row that asks
  /// What each query head sees of them, where all living tokens ask; none: all before the query.
  std::optional<ops::SparsePattern> pattern = {};
  /// The result itself, instead.
  std::optional<Attended> own = {};

  static Reads all(int64_t live) { return {TokenRows::all(live), TokenRows::all(live)}; }
  static Reads of(const TokenRows& rows) { return {rows, rows}; }
  bool everyone_asks() const { return asks.count() == asks.live(); }
};

/// The rows of a layer's K and V that the cache keeps, each of them visible to attention.
struct Keeps {
  std::optional<TokenRows> rows = {};  // the same for every KV head
  at::Tensor per_head = {};  // or [Hkv, M] int64, ascending in each row; [H, M] where each
                             // query head keeps rows of its own: the cache then
                             // holds a copy of K and V for every query head
  /// What the method knows of the rows: lies in KvCache::method_state() of the layer from the end
  /// of the prompt on, and its bytes count with the cache's.
  std::vector<at::Tensor> state = {};
};

/// Which living tokens run a layer's FFN.
struct FfnRows {
  TokenRows rows;
  at::Tensor scale =
      {};  // [M] of the model's dtype: each row's update is multiplied; undefined: by 1
};

/// What a method is told when a sequence begins.
struct SequenceOptions {
  int64_t max_new_tokens = 16;      // at most so many tokens follow the prompt
  bool compute_everything = false;  // see Needs::can_compute_everything: for the self-check
};

/// A method at work on one sequence: answers five questions in every layer of the prompt and, where
/// its Needs say so, of every decode step. Every answer has the default "everything", which is full
/// attention. Answers are ranks among the tokens that live in the layer; in a step, among those
/// that the new token may see, itself last (LayerContext::live()).
class Run {
 public:
  virtual ~Run() = default;
  /// The run as it is now: to decode from the same prompt twice. Tensors are shared, so that a run
  /// replaces the tensors of its state and never writes to them while decoding.
  virtual std::unique_ptr<Run> clone() const = 0;

  /// Goes on, or abandons the pass and runs the whole model again on these living tokens alone, at
  /// fresh positions 0, 1, ... In the prompt, in each layer before attention, until it answers
  /// once.
  virtual std::optional<TokenRows> start(LayerContext& layer);

  /// Who asks, and what they see. In a step the new token's K and V are in the cache already.
  virtual Reads reads(LayerContext& layer);

  /// What the cache keeps; by default what attention saw. Asked after attention, whose result has
  /// joined the residual stream. In a step
  /// rows leave LayerContext::cache() instead, and the answer is not looked at.
  virtual Keeps keeps(LayerContext& layer);

  /// Which living tokens run the FFN; in a step, of the new token alone: TokenRows::all(1) or none.
  virtual FfnRows ffn(LayerContext& layer);

  /// Which tokens live on. In a step, in all layers but the last: which of those that the new token
  /// saw are seen in later layers; where one of them has no K/V there, because it was dropped, the
  /// core computes it from where it was dropped. There only the point at which the prompt dropped
  /// tokens may select.
  virtual TokenRows lives(LayerContext& layer, Point point);

  /// The prompt went through all layers: rows may move to host memory, or be turned.
  virtual void end_prompt(KvCache& cache);

  /// A new token is about to enter layer 0; `step` counts from 0. Rows may leave the cache. Not
  /// told under Steps::kFree.
  virtual void begin_step(KvCache& cache, int64_t step);
};

/// Gives a run its clone().
template <class Derived, class Base = Run>
class RunOf : public Base {
 public:
  using Base::Base;
  std::unique_ptr<Run> clone() const override {
    return std::make_unique<Derived>(static_cast<const Derived&>(*this));
  }
};

/// Decides which tokens do what, and computes no layer: what the model core knows of a method.
/// Immutable; outlives the runs that it begins.
class TokenPolicy {
 public:
  virtual ~TokenPolicy() = default;
  virtual Needs needs() const { return {}; }
  /// Once per sequence, before layer 0. `prompt` lives as long as the prefill.
  virtual std::unique_ptr<Run> begin(const Prompt& prompt,
                                     const SequenceOptions& options) const = 0;
};

/// Full attention.
class Everything final : public TokenPolicy {
 public:
  std::unique_ptr<Run> begin(const Prompt& prompt, const SequenceOptions& options) const override;
};

}  // namespace skipbench
