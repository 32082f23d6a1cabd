#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "kernels/model/activity.h"
#include "kernels/model/cache/kv_cache.h"
#include "kernels/model/prefill/deferred_pairs.h"
#include "kernels/model/run.h"
#include "kernels/model/weights.h"
#include "kernels/model/work_meter.h"

namespace skipbench {

class CopyStream;
class DecodeGraph;
class RopeTable;

struct PrefillOptions {
  bool force_gather = false;        // "all tokens" takes the gathered path too (tests)
  bool record_positions = false;    // fill the position lists of LayerActivity (trace)
  int64_t reserve = 64;             // room for so many new tokens in the cache
  int64_t max_new_tokens = 16;      // SequenceOptions
  bool compute_everything = false;  // the same
  bool defer_counts = false;        // leave what only the device knows to Decoder::read_counts()
};

/// A prompt after prefill, ready to decode: its cache and where it stands. The policy that began
/// its run outlives it.
struct Sequence {
  Sequence(KvCache empty_cache, const Needs& of_policy, std::unique_ptr<Run> begun)
      : cache(std::move(empty_cache)), needs(of_policy), run(std::move(begun)) {}

  KvCache cache;
  Needs needs;
  std::unique_ptr<Run> run;
  int64_t next_position = 0;  // of the next token
  at::Tensor logits;          // [V] fp32 on the device: the distribution of the next token
  at::Tensor next_token;  // [1] int64 on the device: the most probable one, where a step found it
  Activity activity;
  WorkMeter work;                // of the prefill
  DeferredPairs deferred_pairs;  // still missing in both
  WorkMeter decode_work;         // of the decode steps
  int64_t steps = 0;             // tokens decoded since decoding began

  /// The end of the prompt, to come back to after decoding (teacher-forced scoring).
  struct Mark {
    KvCache cache;
    int64_t next_position;
    at::Tensor logits;
    std::unique_ptr<const Run> run;
  };
  Mark mark() { return {cache.snapshot(), next_position, logits, run->clone()}; }
  /// Decoding begins again, and what the run did since is forgotten.
  void rewind(const Mark& mark);
  /// The prompt went through all layers: the run is told, and counts follow.
  void end_prompt();
};

/// The decoder: the only code that computes layers. It asks the policy's run which tokens do what,
/// and gathers, computes and scatters accordingly. The same code runs on CPU and CUDA; there decode
/// steps whose layers no method is asked about are replays of a CUDA graph (decode_graph.h).
class Decoder {
 public:
  explicit Decoder(const Model& model);
  ~Decoder();

  const Model& model() const { return model_; }

  /// Runs the prompt. Throws InputError when it is empty, holds ids outside the vocabulary or is
  /// longer than the model's context.
  Sequence prefill(const Prompt& prompt, const TokenPolicy& policy,
                   const PrefillOptions& options = {});

  /// Completes the sequence's activity and work of a prefill that deferred its counts, so that a
  /// clock can stop before: one copy from the device, which is waited for.
  void read_counts(Sequence& sequence) const;

  /// Feeds n new tokens at once (n = 1 is a decode step), each attending to the cache and to those
  /// before it. Returns [n, V] fp32 logits and leaves the last row in sequence.logits.
  at::Tensor extend(Sequence& sequence, std::span<const int32_t> tokens);

  /// Why the sequence's decode steps replay no CUDA graph; empty where they do.
  std::string_view eager_reason(const Sequence& sequence) const;

  /// CUDA graphs captured so far, each in the first step that needs it: a time that holds one is no
  /// time of the method.
  int64_t graphs_captured() const;

 private:
  at::Tensor extend_at_once(Sequence& sequence, std::span<const int32_t> tokens);
  at::Tensor run_eagerly(Sequence& sequence, std::span<const int32_t> tokens);
  at::Tensor run_graph(Sequence& sequence, int32_t token, DecodeGraph& graph);
  at::Tensor run_layers(Sequence& sequence, at::Tensor hidden);
  const Model& model_;
  std::unique_ptr<RopeTable> rope_;
  /// How the sequence's next token is decoded: by this graph or, without one, eagerly, and why.
  struct Path {
    DecodeGraph* graph = nullptr;
    std::string_view eager_reason = "";
  };
  Path path_of(const Sequence& sequence) const;
  // By the lists of rows that each KV head's cache has, made when first asked for; null where such
  // steps cannot be captured.
  mutable std::map<int64_t, std::unique_ptr<DecodeGraph>> graphs_;
  std::shared_ptr<const CopyStream> copies_;  // of all its caches
};

/// The most probable token; ties go to the lower id. Waits for the device.
int32_t greedy_token(const at::Tensor& logits);
/// The sequence's next token, cached if the last step computed it.
int32_t greedy_token(const Sequence& sequence);

}  // namespace skipbench
