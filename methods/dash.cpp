#include <ATen/ATen.h>

#include <cmath>
#include <optional>

#include "kernels/model/layer_context.h"
#include "methods/interface/entry.h"
#include "methods/selection/attention_scores.h"
#include "methods/selection/parameter_checks.h"
#include "methods/selection/select_top.h"

namespace skipbench {

/// Parameters of DASH (arXiv 2604.18103).
struct DashParameters {
  std::optional<int64_t> layer;
  double rho = 0.667;

  template <class Visitor>
  void visit(Visitor& v) {
    v("layer", layer,
      Field{.help = "layer after which tokens are frozen (l_s); none: floor(.4 L)",
            .source =
                "2604.18103, a note on the paper; that the layer runs whole, as in a public port",
            .low = 0});
    v("rho", rho,
      Field{.help = "share of the prompt that is frozen",
            .source = "2604.18103, a note on the paper; the last token is never frozen: inferred",
            .low = 0,
            .high = 1});
  }

  void select_everything() { rho = 0.0; }
  void check_fits(const ModelConfig& config) const {
    require_layer("layer", layer_of(config), config);
  }
  // Unlike .4 L in doubles, exact for every number of layers.
  int64_t layer_of(const ModelConfig& config) const {
    return layer.value_or(2 * config.layers / 5);
  }
};

namespace {

/// DASH, arXiv 2604.18103: after one layer only the tokens that its attention changed most go on.
class Dash : public RunOf<Dash> {
 public:
  explicit Dash(const RunInputs<DashParameters>& inputs)
      : p_(inputs.parameters), layer_(p_.layer_of(inputs.config)) {}

  static Needs needs(const DashParameters& parameters, const ModelConfig& config) {
    return {.attention_output = {parameters.layer_of(config)}};
  }

  TokenRows lives(LayerContext& layer, Point point) override {
    const int64_t live = layer.live();
    const auto kept = static_cast<int64_t>(std::floor((1 - p_.rho) * static_cast<double>(live)));
    if (point != Point::kAfterLayer || layer.layer() != layer_ || kept == live) {
      return TokenRows::all(live);
    }
    // Delta_t = ||attention output||; the last token, which gives the answer, is always kept.
    return select_top(attention_change(layer), kept, live, ForcedTokens{});
  }

 private:
  const DashParameters& p_;
  int64_t layer_;
};

}  // namespace

MethodEntry dash_method() {
  return method_entry<DashParameters, Dash>(
      {.name = "dash",
       .summary = "DASH: after one layer, the tokens that its attention changed least are frozen",
       .paper = "2604.18103",
       .fate = "frozen tokens are gone for later layers; earlier layers keep their K/V",
       .decides = {Decision::kKeepAfterLayer},
       .small = R"({"layer": 3, "rho": 0.5})"});
}

}  // namespace skipbench
