#include <ATen/ATen.h>

#include <algorithm>
#include <string>
#include <vector>

#include "kernels/base/budget.h"
#include "kernels/model/cache/kv_cache.h"
#include "kernels/model/layer_context.h"
#include "kernels/model/rope.h"
#include "kernels/ops/rows/rope.h"
#include "methods/interface/entry.h"
#include "methods/selection/select_top.h"
#include "methods/sparse/no_limit.h"

namespace skipbench {

/// Parameters of StreamingLLM's cache (arXiv 2309.17453).
struct StreamingLlmParameters {
  Budget keep;
  int64_t sinks = 4;
  std::string positions = "cache";
  bool evict = true;

  template <class Visitor>
  void visit(Visitor& v) {
    v("keep", keep,
      Field{.help =
                "rows that each layer's cache holds after the prompt, sinks included, and while "
                "decoding where evict is true; 1.0: no limit",
            .source = "authors' code: 2004 in the chat demo; a share of the prompt stays that many "
                      "tokens: inferred",
            .required = true});
    v("sinks", sinks,
      Field{
          .help = "first prompt tokens that are always kept", .source = "authors' code", .low = 0});
    v("positions", positions,
      Field{.help = "RoPE positions of cached keys while decoding: 'cache', their places in the "
                    "cache, so that the sinks stand right before the window; 'original', in the "
                    "prompt",
            .source = "authors' code; original: kvpress and KVCache-Factory",
            .choices = {"cache", "original"}});
    v("evict", evict,
      Field{.help = "while decoding the window moves on and the cache stays as it is; false: it "
                    "grows",
            .source = "authors' code, perplexity; false: its chat demo, kvpress, KVCache-Factory"});
  }

  bool drops() const { return keep != Budget::share(1.0); }
  void select_everything() { keep = kNoLimit; }
  /// Where nothing leaves the cache, no token has to be protected.
  void canonicalise(const ModelConfig&) {
    if (!drops()) *this = {.keep = keep};
  }
};

namespace {

/// StreamingLLM, arXiv 2309.17453: after prefill the cache keeps the first tokens, which attract
/// attention whatever they say, and the most recent ones. While decoding the window moves on: where
/// the cache is full, the oldest token after the sinks makes room for the new one. Prefill is full
/// attention, as in the authors' chat demo; their perplexities come from a prompt that is read
/// token by token through the same small cache. V: tokens that attention sees, by itself the whole
/// prompt.
class StreamingLlm : public RunOf<StreamingLlm> {
 public:
  explicit StreamingLlm(const RunInputs<StreamingLlmParameters>& inputs)
      : p_(inputs.parameters),
        config_(inputs.config),
        length_(inputs.prompt.length()),
        rows_(std::max(p_.keep.resolve(length_), p_.sinks + 1)) {}

  static Needs needs(const StreamingLlmParameters& p, const ModelConfig&) {
    return {.steps = p.evict && p.drops() ? Steps::kBetween : Steps::kFree};
  }

  Keeps keeps(LayerContext& layer) override {
    const TokenRows& seen = layer.seen().visible_rows();
    const int64_t visible = seen.count();
    if (rows_ >= visible) return {.rows = seen};
    const int64_t recent = rows_ - p_.sinks;
    const auto options = at::TensorOptions(layer.device()).dtype(at::kLong);
    const at::Tensor kept =
        at::cat({at::arange(p_.sinks, options), at::arange(visible - recent, visible, options)});
    return {.rows = select_within(seen, TokenRows::of(kept, visible), layer.device())};  // [keep]
  }

  // By their places in the cache its rows stand side by side up to the newest. Only distances
  // count, so that the newest stays where it is and the others are turned to follow it.
  void end_prompt(KvCache& cache) override {
    if (!by_place()) return;
    for (int64_t layer = 0; layer < cache.layers(); ++layer) {
      const LayerCache& rows = cache.layer(layer);
      const int64_t last = rows.length - 1;
      const at::Tensor& held = rows.positions;  // [M]
      const at::Tensor places = held[last] - at::arange(last, -1, -1, held.options());
      turn(cache, layer, first_keys(rows, rows.length), places - held);
    }
  }

  // The last row takes the place of the oldest, so that the window's older rows form a ring.
  void begin_step(KvCache& cache, int64_t) override {
    evicted_.resize(cache.layers());
    const int64_t ring = rows_ - p_.sinks - 1;
    for (int64_t layer = 0; layer < cache.layers(); ++layer) {
      const LayerCache& rows = cache.layer(layer);
      if (rows.length < rows_) continue;
      if (by_place() && evicted_[layer] == 0) {
        cache.method_state(layer) = {first_keys(rows, p_.sinks)};
      }
      cache.evict(layer, p_.sinks + (ring == 0 ? 0 : evicted_[layer] % ring));
      ++evicted_[layer];
      if (by_place()) follow(cache, layer);
    }
  }

 private:
  bool by_place() const { return p_.positions == "cache" && p_.drops(); }

  // The window has moved on by as many tokens as were evicted: so do the sinks before it.
  void follow(KvCache& cache, int64_t layer) const {
    const at::Tensor& sinks = cache.method_state(layer).at(0);  // [sinks, Hkv, d]
    turn(cache, layer, sinks,
         at::full({sinks.size(0)}, evicted_[layer], sinks.options().dtype(at::kLong)));
  }

  static at::Tensor first_keys(const LayerCache& rows, int64_t count) {
    return rows.keys.narrow(1, 0, count).transpose(0, 1).clone();  // [count, Hkv, d]
  }

  // The cache's first rows hold these keys [n, Hkv, d] turned on by so many positions [n].
  void turn(KvCache& cache, int64_t layer, const at::Tensor& keys, const at::Tensor& by) const {
    if (keys.size(0) == 0) return;
    const at::Tensor angles =
        by.unsqueeze(1) * rope_frequencies(config_, length_, keys.device());  // [n, d / 2]
    at::Tensor turned = keys.clone(at::MemoryFormat::Contiguous);
    const at::Tensor all = at::arange(keys.size(0), by.options());
    ops::rope_at_(turned, all, {angles.cos(), angles.sin()});
    cache.replace_keys(layer, turned);
  }

  const StreamingLlmParameters& p_;
  const ModelConfig& config_;
  int64_t length_;                // of the prompt
  int64_t rows_;                  // of a full cache: at least the sinks and the last token
  std::vector<int64_t> evicted_;  // by layer, since decoding began
};

}  // namespace

MethodEntry streamingllm_method() {
  return method_entry<StreamingLlmParameters, StreamingLlm>(
      {.name = "streamingllm",
       .summary = "StreamingLLM: the cache keeps the first and the most recent tokens; while "
                  "decoding the window moves on",
       .paper = "2309.17453",
       .fate =
           "prefill is as without it (the authors' perplexities are of prompts read through the "
           "small cache and cannot be compared); dropped tokens leave the cache, so that "
           "generated ones do not see them",
       .decides = {Decision::kCachedRows},
       .small = R"({"keep": 0.5})"});
}

}  // namespace skipbench
