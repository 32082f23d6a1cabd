#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace skipbench {

/// What one layer really did in prefill: the proof that a method was active.
struct LayerActivity {
  int64_t attention_updated = 0;  // tokens whose hidden state attention updated
  int64_t ffn_updated = 0;        // tokens that ran the FFN
  int64_t alive_after = 0;        // tokens that go on to the next layer
  int64_t attention_pairs = 0;    // causal query-key pairs attended
  int64_t kv_length = 0;          // rows in each of the cache's lists after the prompt
  int64_t kv_lists = 1;           // lists per KV head: H / Hkv where each query head has its own
  int64_t flops = 0;              // asked of the device by this layer, probing included

  // Original prompt positions, ascending; filled only when the trace is asked for.
  std::vector<int64_t> attention_positions, ffn_positions, alive_positions;
  std::vector<std::vector<int64_t>> kv_positions;  // one for all heads, or one each

  friend bool operator==(const LayerActivity&, const LayerActivity&) = default;
};

/// One prefill, layer by layer, the decode steps after it, and the shares made from it (in [0, 1]
/// unless said otherwise).
struct Activity {
  int64_t prompt_length = 0;
  std::vector<LayerActivity> layers;
  int64_t abandoned_flops = 0;  // of the pass before a method restarted
  int64_t decode_ffns = 0;      // FFNs run in decode steps, out of
  int64_t decode_layers = 0;    // layers x steps
  int64_t decode_rows = 0;     // cache rows that new tokens attended to, their own included, out of
  int64_t decode_context = 0;  // tokens there were, each in every layer
  int64_t revived_tokens = 0;  // dropped tokens brought back in decode steps, each time they were
  int64_t revived_rows = 0;    // rows computed for them, over all layers
  int64_t recalled_rows = 0;   // cache rows brought back from host memory, over all layers
  int64_t graph_steps = 0;     // tokens decoded by replaying a CUDA graph, out of
  int64_t decode_steps = 0;    // tokens decoded

  double attention_share() const;       // tokens updated by attention / (L x N)
  double ffn_share() const;             // tokens that ran the FFN / (L x N)
  double attention_pair_share() const;  // pairs attended / full causal pairs
  double kv_share() const;              // rows cached / (L x N); with H lists it can exceed 1
  /// FFNs run in decode steps / (L x steps); nothing when there was no step.
  std::optional<double> decode_ffn_share() const;
  /// Cache rows attended in decode steps / those of full attention; nothing when there was no step.
  std::optional<double> decode_kv_share() const;
  /// How the tokens were decoded: "graph", "eager" or "mixed"; empty when there was no step.
  std::string_view decode_path() const;
  /// Forgets the decode steps.
  void begin_decode();
  /// True when any share is below 1, or a list of the cache lacks rows: the method did skip
  /// something.
  bool active() const;
};

}  // namespace skipbench
