#include <ATen/ATen.h>

#include <cmath>

#include "kernels/model/decode/step_context.h"
#include "kernels/model/prefill/layer_context.h"
#include "kernels/ops/attention/attention_probe.h"
#include "methods/interface/entry.h"
#include "methods/selection/attention_scores.h"
#include "methods/selection/select_top.h"

namespace skipbench {

/// Parameters of LazyLLM's pruning (arXiv 2407.14057).
struct LazyLlmParameters {
  double start = 0.3, end = 0.9;
  double keep_start = 0.75, keep_end = 0;
  bool revive = true;

  template <class Visitor>
  void visit(Visitor& v) {
    constexpr std::string_view kSchedule = "2407.14057, a note on the paper; in no public code";
    v("start", start,
      Field{.help = "depth of the first layer that prunes, as a share of the layers",
            .source = kSchedule,
            .low = 0,
            .high = 0.999});
    v("end", end,
      Field{.help = "depth of the last layer that prunes, as a share of the layers",
            .source = kSchedule,
            .low = 0,
            .high = 0.999});
    v("keep_start", keep_start,
      Field{.help = "share of the prompt that the first pruning layer leaves",
            .source = kSchedule,
            .low = 1e-6,
            .high = 1});
    v("keep_end", keep_end,
      Field{.help = "share of the prompt that the last pruning layer leaves; linear in between",
            .source = "2407.14057, a note on the paper, which sweeps it",
            .low = 1e-6,
            .high = 1,
            .required = true});
    v("revive", revive,
      Field{.help = "decode steps prune too, by the new token's attention, as shares of all tokens "
                    "so far; pruned tokens come back where it chooses them; false: decoding sees "
                    "what the prompt left in each layer",
            .source = "2407.14057, a note on the paper, and a public port; the shares of a growing "
                      "sequence: inferred"});
  }

  void check(std::vector<ParameterProblem>& problems) const {
    if (start <= end) return;
    problems.push_back({"end", fmt::format("got {}, expected at least start = {}", end, start)});
  }
  void select_everything() { keep_start = keep_end = 1; }
  /// A single layer that prunes leaves keep_end.
  void canonicalise(const ModelConfig& config) {
    if (first_layer(config) != last_layer(config)) return;
    keep_start = LazyLlmParameters{}.keep_start;
    start = end;
  }

  /// The first and the last layer that prune.
  int64_t first_layer(const ModelConfig& config) const { return layer_at(start, config); }
  int64_t last_layer(const ModelConfig& config) const { return layer_at(end, config); }

 private:
  static int64_t layer_at(double depth, const ModelConfig& config) {
    return static_cast<int64_t>(std::floor(depth * static_cast<double>(config.layers)));
  }
};

namespace {

/// LazyLLM, arXiv 2407.14057: from layer to layer fewer tokens go on, those that the last one
/// attends to most. While decoding each new token chooses anew among all earlier ones, the reply's
/// included; a chosen token that was pruned is computed from the layer on that pruned it.
class LazyLlm : public Method {
 public:
  explicit LazyLlm(const LazyLlmParameters& parameters) : p_(parameters) {}

  void attach(const ModelConfig& config) override {
    first_ = p_.first_layer(config);
    last_ = p_.last_layer(config);
  }

  AttentionRows attention_rows(LayerContext& layer) override {
    // s_i = (1 / H) sum_h A_h[last, i]
    const int64_t count = keep(layer.layer(), layer.prompt().length(), layer.live());
    scores_ = count < layer.live() ? attention_scores(layer, 1) : at::Tensor();
    return Method::attention_rows(layer);
  }

  TokenRows keep_after_layer(LayerContext& layer) override {
    const int64_t count = keep(layer.layer(), layer.prompt().length(), layer.live());
    return select_top(scores_, count, layer.live(), ForcedTokens{});
  }

  bool revives() const override { return p_.revive; }
  bool plans_decode() const override { return p_.revive; }

  TokenRows keep_in_step(StepContext& step) override {
    const int64_t seen = step.seen(), count = keep(step.layer, step.tokens, seen);
    if (!p_.revive || count >= seen) return TokenRows::all(seen);
    step.meter.scores(WorkKind::kProbe, seen, step.queries.size(1), step.queries.size(2));
    return select_top(ops::attention_probe(step.queries, step.keys), count, seen, ForcedTokens{});
  }

 private:
  // Tokens that the layer leaves of the `live`: a share of all `tokens`, linear in its index.
  int64_t keep(int64_t layer, int64_t tokens, int64_t live) const {
    if (layer < first_ || layer > last_) return live;
    const double way =
        last_ == first_ ? 1
                        : static_cast<double>(layer - first_) / static_cast<double>(last_ - first_);
    const double share = p_.keep_start + (p_.keep_end - p_.keep_start) * way;
    return static_cast<int64_t>(std::floor(share * static_cast<double>(tokens)));
  }

  LazyLlmParameters p_;
  int64_t first_ = 0, last_ = 0;
  at::Tensor scores_;  // [T] of the layer that is about to prune
};

}  // namespace

MethodEntry lazyllm_method() {
  return method_entry<LazyLlmParameters, LazyLlm>(
      {.name = "lazyllm",
       .summary = "LazyLLM: from layer to layer the tokens that the last one attends to least are "
                  "pruned; later tokens may revive them",
       .paper = "2407.14057",
       .fate = "pruned tokens wait with their hidden state and are computed from there on where a "
               "later token chooses them; earlier layers keep their K/V",
       .decides = {Decision::kKeepAfterLayer}});
}

}  // namespace skipbench
