#include <ATen/ATen.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "kernels/base/error.h"
#include "kernels/model/layer_context.h"
#include "methods/interface/entry.h"
#include "methods/sparse/antidiagonal_scores.h"
#include "methods/sparse/block_patterns.h"
#include "methods/sparse/sparse_layers.h"
#include "methods/sparse/sparse_method.h"

namespace skipbench {

/// Parameters of XAttention (arXiv 2503.16428). Blocks have 128 tokens.
struct XAttentionParameters {
  SparseLayers sparse;
  double tau = 0.8;
  std::optional<std::vector<std::vector<double>>> head_taus;
  int64_t stride = 8;
  std::string first_chunk = "authors";

  template <class Visitor>
  void visit(Visitor& v) {
    v("tau", tau,
      Field{.help = "a block of queries sees the highest blocks of keys that hold this share of "
                    "its estimated attention; 1: all",
            .source = "authors' code: 0.8 by default; 0.9 for Qwen2-VL-7B and HunyuanVideo",
            .low = 0,
            .high = 1});
    v("head_taus", head_taus,
      Field{.help = "a tau for each query head of each layer instead, a list a layer",
            .source = "authors' code: how their LLaMA-3.1-8B rows were measured",
            .low = 0,
            .high = 1});
    v("stride", stride,
      Field{.help = "side of the squares whose antidiagonals are added up; divides 128",
            .source = "2503.16428 (8 or 16)",
            .low = 1,
            .high = 128});
    v("first_chunk", first_chunk,
      Field{.help =
                "'authors': in the first chunk of queries, which is the whole of a prompt of up "
                "to 16384 tokens, the sum lags one block, so that a row sees about one block "
                "more; 'plain': the rule of later chunks everywhere",
            .source = "authors' code; plain: 2503.16428",
            .choices = {"authors", "plain"}});
    sparse.visit(v);
  }

  void check(std::vector<ParameterProblem>& problems) const {
    sparse.check(problems);
    if (kSquareBlock % stride == 0) return;
    problems.push_back({"stride", fmt::format("got {}, expected a divisor of {}: 8 and 16 are "
                                              "published",
                                              stride, kSquareBlock)});
  }
  void select_everything() {
    tau = 1.0;
    head_taus.reset();
  }
  /// With a tau a head the common one has no effect.
  void canonicalise(const ModelConfig&) {
    if (head_taus) tau = XAttentionParameters().tau;
  }
  void check_fits(const ModelConfig& config) const {
    sparse.require_fits(config);
    if (head_taus) require_a_tau_a_head(config);
  }

 private:
  void require_a_tau_a_head(const ModelConfig& config) const {
    const auto& layers = *head_taus;
    const auto fits = [&](const std::vector<double>& heads) {
      return std::ssize(heads) == config.query_heads;
    };
    if (std::ssize(layers) == config.layers && std::all_of(layers.begin(), layers.end(), fits)) {
      return;
    }
    throw InputError(
        fmt::format("head_taus: {} has {} layers of {} query heads, expected a list "
                    "of so many for each layer",
                    config.name, config.layers, config.query_heads));
  }
};

namespace {

// Queries that the authors' code handles at once, of a prompt of so many tokens.
int64_t queries_at_once(int64_t tokens) {
  const auto padded = static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(tokens)));
  return std::max<int64_t>(2048, std::min(padded, (int64_t{1} << 28) / padded));
}

/// XAttention, arXiv 2503.16428: a block of queries sees the blocks of keys that the sums of
/// antidiagonals promise to hold tau of its attention, the first and its own among them.
/// S: blocks of T living tokens.
class XAttention : public RunOf<XAttention, SparseMethod> {
 public:
  explicit XAttention(const RunInputs<XAttentionParameters>& inputs)
      : RunOf(inputs.parameters.sparse, inputs.options), p_(inputs.parameters) {}

 protected:
  bool sees_all(int64_t live) const override {
    return (p_.tau >= 1 && !p_.head_taus) || live <= kSquareBlock;
  }

  ops::SparsePattern pattern(LayerContext& layer, const SeenAttention& seen) override {
    const at::Tensor scores = antidiagonal_scores(layer, seen, p_.stride);  // [H, S, S]
    const int64_t blocks = scores.size(1);
    const int64_t lagging = p_.first_chunk == "authors"
                                ? std::min(queries_at_once(layer.live()) / kSquareBlock, blocks)
                                : 0;

    // Blocks in the order in which a row takes them: its own, from the second chunk on the first
    // one as well, then the highest.
    at::Tensor ahead = at::eye(blocks, scores.options().dtype(at::kBool));
    ahead.narrow(0, lagging, blocks - lagging).select(1, 0).fill_(true);
    const at::Tensor order =
        at::argsort(scores.masked_fill(ahead, std::numeric_limits<float>::infinity()),
                    /*stable=*/true, /*dim=*/-1, /*descending=*/true);
    const at::Tensor sorted = scores.gather(-1, order).to(at::kDouble);  // [H, S, S]
    at::Tensor before = sorted.cumsum(-1).sub_(sorted);
    if (lagging > 0 && blocks > 1) {
      at::Tensor rows = before.narrow(1, 0, lagging);
      rows.narrow(2, 1, blocks - 1).copy_(rows.narrow(2, 0, blocks - 1).clone());
    }

    const at::Tensor share = tau(layer, scores.options().dtype(at::kDouble));  // [H or 1, 1, 1]
    const at::Tensor taken =
        (before < share * sorted.sum(-1, /*keepdim=*/true)).logical_or_(share >= 1);
    at::Tensor chosen = at::zeros_like(taken).scatter_(-1, order, taken).logical_or_(ahead);
    chosen.select(2, 0).fill_(true);
    return {.blocks = pattern_blocks(chosen, layer.live()), .columns = {}};
  }

 private:
  at::Tensor tau(const LayerContext& layer, const at::TensorOptions& options) const {
    if (!p_.head_taus) return at::full({1, 1, 1}, p_.tau, options);
    const std::vector<double>& taus = (*p_.head_taus)[layer.layer()];
    return at::tensor(taus).to(options.device(), /*dtype=*/at::kDouble).view({-1, 1, 1});
  }

  const XAttentionParameters& p_;
};

}  // namespace

MethodEntry xattention_method() {
  return method_entry<XAttentionParameters, XAttention>(
      {.name = "xattention",
       .summary = "XAttention: each block of queries sees the blocks of keys that hold a share of "
                  "its attention, estimated from antidiagonal sums",
       .paper = "2503.16428",
       .fate = kSparseFate,
       .decides = {Decision::kAttention},
       .small = R"({"tau": 0.3, "first_chunk": "plain"})"});
}

}  // namespace skipbench
