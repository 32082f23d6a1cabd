#include <ATen/ATen.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "kernels/base/budget.h"
#include "kernels/base/ceil_div.h"
#include "kernels/model/layer_context.h"
#include "kernels/ops/rows/top_k.h"
#include "methods/interface/entry.h"
#include "methods/selection/attention_scores.h"
#include "methods/selection/parameter_checks.h"
#include "methods/selection/select_top.h"
#include "methods/sparse/cumulative_shares.h"

namespace skipbench {

/// Parameters of UniPrefill's token dropping (arXiv 2605.06221).
struct UniPrefillParameters {
  std::vector<int64_t> drop_layers;
  double p = 0.99;
  int64_t window = 128;
  int64_t block = 64;
  int64_t first = 128;
  int64_t last = 128;
  int64_t min_tokens = 256;
  bool crossing = true;

  template <class Visitor>
  void visit(Visitor& v) {
    constexpr std::string_view kSource = "2605.06221, the authors' code";
    v("drop_layers", drop_layers,
      Field{.help = "layers between whose attention and FFN tokens are dropped, ascending",
            .source = kSource,
            .low = 0,
            .required = true});
    v("p", p,
      Field{.help = "the highest blocks are kept until they hold this share of all scores; 1: "
                    "every block",
            .source = kSource,
            .low = 0,
            .high = 1});
    v("window", window,
      Field{.help = "last living tokens whose attention scores the blocks",
            .source = kSource,
            .low = 1});
    v("block", block,
      Field{.help = "tokens of a block, kept or dropped together; a block counts with the sum of "
                    "its scores, the last one too, which may have fewer tokens",
            .source = kSource,
            .low = 1});
    v("first", first,
      Field{.help = "so many first living tokens are kept on top", .source = kSource, .low = 0});
    v("last", last,
      Field{.help = "so many last living tokens are kept on top", .source = kSource, .low = 1});
    v("min_tokens", min_tokens,
      Field{.help = "so many living tokens or fewer are left alone", .source = kSource, .low = 0});
    v("crossing", crossing,
      Field{.help = "the block with which the blocks exceed p is kept; false: it is not, unless it "
                    "is the first",
            .source = "2605.06221, the authors' code: true in its vLLM operator, false in its "
                      "illustration (native_imp.py)"});
  }

  void check(std::vector<ParameterProblem>& problems) const {
    check_ascending("drop_layers", drop_layers, problems);
  }
  void check_fits(const ModelConfig& config) const {
    require_layers("drop_layers", drop_layers, config);
  }
  void select_everything() { p = 1.0; }
};

namespace {

// The sum of each block of `block` scores, the last one of those it has: [B] fp32.
at::Tensor block_sums(const at::Tensor& scores, int64_t block) {
  const int64_t live = scores.size(0), blocks = ceil_div(live, block);
  return at::constant_pad_nd(scores, {0, blocks * block - live}).view({blocks, block}).sum(1);
}

/// UniPrefill, arXiv 2605.06221: at a few layers, between attention and FFN, the blocks that the
/// last tokens hardly attend to are dropped for good. T: living tokens; B: blocks of them.
class UniPrefill : public RunOf<UniPrefill> {
 public:
  explicit UniPrefill(const RunInputs<UniPrefillParameters>& inputs) : p_(inputs.parameters) {}

  TokenRows lives(LayerContext& layer, Point point) override {
    const int64_t live = layer.live();
    if (point != Point::kAfterAttention || !drops(layer)) return TokenRows::all(live);
    const at::Tensor scores = attention_scores(layer, layer.seen(), p_.window);  // [T]
    const at::Tensor sums = block_sums(scores, p_.block);                        // [B]
    // How many blocks are kept depends on the scores: one wait for the count, one for the union
    // with the first and last tokens.
    const at::Tensor covered = cumulative_shares(sums, /*highest_first=*/true);
    const int64_t within = covered.le(p_.p).sum().item<int64_t>();
    const int64_t count = select_count(p_.crossing ? within + 1 : within, sums.size(0));
    at::Tensor kept = at::zeros({sums.size(0)}, sums.options().dtype(at::kBool));
    kept.index_fill_(0, ops::top_k_rows(sums, count), true);
    return select_where(kept.repeat_interleave(p_.block).narrow(0, 0, live), forced_);
  }

 private:
  bool drops(const LayerContext& layer) const {
    const int64_t live = layer.live();
    return std::binary_search(p_.drop_layers.begin(), p_.drop_layers.end(), layer.layer()) &&
           p_.p < 1 && live > p_.min_tokens && live > p_.first + p_.last;
  }

  const UniPrefillParameters& p_;
  ForcedTokens forced_{.protect_first = p_.first, .protect_last = p_.last, .force = "union"};
};

}  // namespace

MethodEntry uniprefill_method() {
  return method_entry<UniPrefillParameters, UniPrefill>(
      {.name = "uniprefill",
       .summary = "UniPrefill: at a few layers, blocks that hold little of the last tokens' "
                  "attention are dropped between attention and FFN",
       .paper = "2605.06221",
       .fate = "dropped blocks are gone for later layers; the layer that drops and those before "
               "keep their K/V",
       .decides = {Decision::kKeepBeforeFfn},
       .small = R"({"drop_layers": [2, 5], "p": 0.6, "window": 8, "block": 4, "first": 4, "last": 8,
                     "min_tokens": 16})"});
}

}  // namespace skipbench
