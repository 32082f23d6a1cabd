#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kernels/base/budget.h"
#include "kernels/model/layer_context.h"
#include "methods/interface/entry.h"
#include "methods/selection/attention_scores.h"
#include "methods/selection/select_top.h"
#include "methods/sparse/recent_compression.h"

namespace skipbench {

/// Parameters of PyramidInfer (arXiv 2405.12532).
struct PyramidInferParameters {
  double recent = 0.2;
  double decay = 0.9;
  int64_t sinks = 4;
  int64_t min_context = 64;
  std::string short_context = "whole";
  bool compound = true;
  bool gather_kv = false;
  bool decode = false;

  template <class Visitor>
  void visit(Visitor& v) {
    constexpr std::string_view kSource = "2405.12532, the authors' code";
    v("recent", recent,
      Field{.help = "last share of the prompt that is never dropped, one token more; the rest is "
                    "the context",
            .source = kSource,
            .low = 0,
            .high = 1});
    v("decay", decay,
      Field{.help = "d: layer l keeps (1 - d) (cos(pi l / L) + 1) / 2 + d of the context; 1: all",
            .source = kSource,
            .low = 0,
            .high = 1});
    v("sinks", sinks,
      Field{.help = "so many first context tokens are always kept", .source = kSource, .low = 0});
    v("min_context", min_context,
      Field{.help = "a layer whose share is no more context tokens than this prunes as "
                    "short_context says",
            .source = kSource,
            .low = 0});
    v("short_context", short_context,
      Field{.help = "where a layer's share falls to min_context, the whole context stays, or "
                    "min_context of it",
            .source = "2405.12532: whole in the authors' code, minimum in a public port",
            .choices = {"whole", "minimum"}});
    v("compound", compound,
      Field{.help = "each layer's share is of the context that entered it; false: of the prompt's",
            .source = "2405.12532, the authors' code (true); false: inferred"});
    v("gather_kv", gather_kv,
      Field{.help = "a layer caches only the tokens that survive it; false: those that entered it",
            .source = "2405.12532, the authors' code (false); true: inferred"});
    v("decode", decode,
      Field{.help =
                "while decoding, whenever a layer's cache has grown by 16 rows, of the 16 before "
                "the recent ones those stay that these attend to",
            .source = "2405.12532, the authors' code, where it is an option"});
  }

  void select_everything() { decay = 1.0; }
};

namespace {

int64_t share_of(double share, int64_t count) {
  return static_cast<int64_t>(std::floor(share * static_cast<double>(count)));
}

// From 1 at the first layer towards d at the last.
double pyramid_share(double d, int64_t layer, int64_t layers) {
  const double depth = static_cast<double>(layer) / static_cast<double>(layers);
  return (1 - d) * (std::cos(std::numbers::pi * depth) + 1) / 2 + d;
}

/// PyramidInfer, arXiv 2405.12532: after every layer the context, which is all but the recent
/// tokens, shrinks to what the recent tokens attend to. T: living tokens, C of the context and r
/// recent ones, 1 + R.
class PyramidInfer : public RunOf<PyramidInfer> {
 public:
  explicit PyramidInfer(const RunInputs<PyramidInferParameters>& inputs)
      : p_(inputs.parameters),
        recent_(recent_of(p_, inputs.prompt.length())),
        compression_(inputs.prompt.length(), recent_) {}

  static Needs needs(const PyramidInferParameters& p, const ModelConfig&) {
    return {.steps = p.decode ? Steps::kWhole : Steps::kFree};
  }

  Keeps keeps(LayerContext& layer) override {
    if (layer.in_step()) {
      compress(layer);
      return {};
    }
    const SeenAttention& seen = layer.seen();
    kept_ = choose(layer, seen);
    Keeps keeps{.rows = p_.gather_kv ? kept_ : seen.visible_rows()};
    if (p_.decode) keeps.state = compression_.of_prompt(layer, seen, keeps.rows->count());
    return keeps;
  }

  TokenRows lives(LayerContext& layer, Point point) override {
    if (point == Point::kAfterLayer && !layer.in_step()) return kept_;
    return TokenRows::all(layer.live());
  }

 private:
  // A share of the prompt and the token before it: the same tokens in every layer.
  static int64_t recent_of(const PyramidInferParameters& p, int64_t length) {
    return std::min(1 + share_of(p.recent, length), length);
  }

  void compress(LayerContext& layer) const {
    constexpr double kSlope = 0.1, kOfBlock = 0.9 * RecentCompression::kBlock;
    const double share = pyramid_share(kSlope, layer.layer(), layer.config().layers);
    compression_.attended(layer, std::max<int64_t>(1, static_cast<int64_t>(kOfBlock * share)));
  }

  TokenRows choose(LayerContext& layer, const SeenAttention& seen) const {
    const int64_t live = layer.live(), context = live - recent_, count = context_kept(layer);
    if (count == context) return TokenRows::all(live);
    const auto options = at::TensorOptions(layer.device()).dtype(at::kFloat);
    const at::Tensor weights = at::linspace(1, 1.2, recent_, options);          // [r]
    const at::Tensor scores = weighted_attention_scores(layer, seen, weights);  // [T]
    const ForcedTokens forced{.protect_first = p_.sinks, .protect_last = 0};
    const TokenRows chosen = select_top(scores.narrow(0, 0, context), count, context, forced);
    const at::Tensor recent_rows = at::arange(context, live, options.dtype(at::kLong));  // [r]
    return TokenRows::of(at::cat({chosen.indices(layer.device()), recent_rows}), live);
  }

  int64_t context_kept(const LayerContext& layer) const {
    const int64_t context = layer.live() - recent_, layers = layer.config().layers;
    // What follows the last layer is its cache alone.
    if (layer.layer() + 1 == layers && !p_.gather_kv) return context;
    const double share = pyramid_share(p_.decay, layer.layer(), layers);
    const int64_t of_prompt = layer.tokens() - recent_;
    const int64_t kept = share_of(share, p_.compound ? context : of_prompt);
    if (p_.short_context == "minimum") {
      return std::min(std::max({kept, p_.min_context, p_.sinks, int64_t{1}}), context);
    }
    if (kept <= std::min(p_.min_context, of_prompt)) return context;
    return std::min(std::max(kept, p_.sinks), context);
  }

  const PyramidInferParameters& p_;
  int64_t recent_;                       // r, of the prompt's last tokens
  TokenRows kept_ = TokenRows::none(0);  // what survives the layer
  RecentCompression compression_;        // while decoding, with `decode`
};

}  // namespace

MethodEntry pyramidinfer_method() {
  return method_entry<PyramidInferParameters, PyramidInfer>(
      {.name = "pyramidinfer",
       .summary = "PyramidInfer: after every layer the context shrinks to the tokens that the "
                  "recent ones attend to",
       .paper = "2405.12532",
       .fate = "dropped tokens are gone for later layers; earlier layers keep their K/V",
       .decides = {Decision::kCachedRows, Decision::kKeepAfterLayer},
       .small = R"({"recent": 0.2, "decay": 0.3, "min_context": 8})"});
}

}  // namespace skipbench
