#include <ATen/ATen.h>

#include <cmath>

#include "kernels/model/layer_context.h"
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
class LazyLlm : public RunOf<LazyLlm> {
 public:
  explicit LazyLlm(const RunInputs<LazyLlmParameters>& inputs)
      : p_(inputs.parameters),
        first_(p_.first_layer(inputs.config)),
        last_(p_.last_layer(inputs.config)) {}

  static Needs needs(const LazyLlmParameters& parameters, const ModelConfig&) {
    return {.steps = parameters.revive ? Steps::kWhole : Steps::kFree,
            .revival = parameters.revive};
  }

  Reads reads(LayerContext& layer) override {
    // s_i = (1 / H) sum_h A_h[last, i]
    scores_ = keep(layer) < layer.live() ? attention_scores(layer, 1) : at::Tensor();
    return Run::reads(layer);
  }

  TokenRows lives(LayerContext& layer, Point point) override {
    const int64_t live = layer.live(), count = keep(layer);
    if (point != Point::kAfterLayer || count >= live) return TokenRows::all(live);
    return select_top(scores_, count, live, ForcedTokens{});
  }

 private:
  // Tokens that the layer leaves of the living ones: a share of all tokens, linear in its index.
  int64_t keep(const LayerContext& context) const {
    const int64_t layer = context.layer();
    const bool last_of_step = context.in_step() && layer + 1 == context.config().layers;
    if (layer < first_ || layer > last_ || last_of_step) return context.live();
    const double way =
        last_ == first_ ? 1
                        : static_cast<double>(layer - first_) / static_cast<double>(last_ - first_);
    const double share = p_.keep_start + (p_.keep_end - p_.keep_start) * way;
    return static_cast<int64_t>(std::floor(share * static_cast<double>(context.tokens())));
  }

  const LazyLlmParameters& p_;
  int64_t first_, last_;
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
       .decides = {Decision::kKeepAfterLayer},
       .small = R"({"keep_end": 0.3})"});
}

}  // namespace skipbench
