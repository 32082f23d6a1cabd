#include "methods/xattention.h"

#include <ATen/ATen.h>

#include "kernels/model/layer_context.h"
#include "methods/entry.h"
#include "methods/selection/antidiagonal_scores.h"
#include "methods/selection/block_patterns.h"
#include "methods/selection/select_share.h"
#include "methods/selection/sparse_method.h"

namespace skipbench {

void XAttentionParameters::check(std::vector<ParameterProblem>& problems) const {
  sparse.check(problems);
  if (kSquareBlock % stride == 0) return;
  problems.push_back({"stride", fmt::format("got {}, expected a divisor of {}: 8 and 16 are "
                                            "published",
                                            stride, kSquareBlock)});
}

namespace {

/// XAttention, arXiv 2503.16428: a block of queries sees the blocks of keys that the sums of
/// antidiagonals promise to hold tau of its attention, the first and its own among them.
class XAttention : public SparseMethod {
 public:
  explicit XAttention(const XAttentionParameters& parameters)
      : SparseMethod(parameters.sparse), p_(parameters) {}

 protected:
  bool sees_all(int64_t live) const override { return p_.tau >= 1 || live <= kSquareBlock; }

  ops::SparsePattern pattern(LayerContext& layer, const AttentionInputs& inputs) override {
    const at::Tensor scores = antidiagonal_scores(layer, inputs, p_.stride);  // [H, S, S]
    at::Tensor forced = at::eye(scores.size(1), scores.options().dtype(at::kBool));
    forced.select(1, 0).fill_(true);
    const at::Tensor chosen = select_share(scores, p_.tau, forced);
    return {.blocks = pattern_blocks(chosen, layer.live()), .columns = {}};
  }

 private:
  XAttentionParameters p_;
};

}  // namespace

MethodEntry xattention_method() {
  return method_entry<XAttentionParameters, XAttention>(
      {.name = "xattention",
       .summary = "XAttention: each block of queries sees the blocks of keys that hold a share of "
                  "its attention, estimated from antidiagonal sums",
       .paper = "2503.16428",
       .fate = kSparseFate,
       .decides = {Decision::kAttention}});
}

}  // namespace skipbench
