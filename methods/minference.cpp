#include "methods/minference.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>

#include "kernels/model/layer_context.h"
#include "kernels/ops/top_k.h"
#include "methods/entry.h"
#include "methods/selection/block_patterns.h"
#include "methods/selection/line_sums.h"
#include "methods/selection/sparse_method.h"

namespace skipbench {

void MInferenceParameters::check(std::vector<ParameterProblem>& problems) const {
  sparse.check(problems);
}

void MInferenceParameters::select_everything() {
  vertical = slash = std::numeric_limits<int32_t>::max();  // no prompt is as long
}

namespace {

// In each row the `wanted` highest, at most all, among them the first `forced`: [H, n] int64,
// ascending. Overwrites the forced scores [H, T].
at::Tensor top_lines(at::Tensor& scores, int64_t wanted, int64_t forced) {
  const int64_t count = std::min(wanted, scores.size(1));
  scores.narrow(1, 0, std::min(forced, count)).fill_(std::numeric_limits<float>::infinity());
  return ops::top_k_rows(scores, count);
}

/// MInference, arXiv 2407.02490, the vertical-slash pattern: what the last queries attend to most
/// says which keys every query of a head sees, and at which distances. T: living tokens.
class MInference : public SparseMethod {
 public:
  explicit MInference(const MInferenceParameters& parameters)
      : SparseMethod(parameters.sparse), p_(parameters) {}

 protected:
  bool sees_all(int64_t live) const override { return live <= std::max(p_.vertical, p_.slash); }

  ops::SparsePattern pattern(LayerContext& layer, const AttentionInputs& inputs) override {
    LineSums sums = line_sums(layer, inputs, p_.window);
    const at::Tensor columns = top_lines(sums.vertical, p_.vertical, p_.first);
    const at::Tensor slashes = top_lines(sums.slash, p_.slash, p_.last);
    const at::Tensor offsets = at::zeros(sums.slash.sizes(), slashes.options().dtype(at::kBool))
                                   .scatter_(1, slashes, true);
    return {.blocks = diagonal_blocks(offsets), .columns = columns};
  }

 private:
  MInferenceParameters p_;
};

}  // namespace

MethodEntry minference_method() {
  return method_entry<MInferenceParameters, MInference>(
      {.name = "minference",
       .summary = "MInference: each head sees the keys and the diagonals that its last queries "
                  "attend to most",
       .paper = "2407.02490",
       .fate = kSparseFate,
       .decides = {Decision::kAttention}});
}

}  // namespace skipbench
