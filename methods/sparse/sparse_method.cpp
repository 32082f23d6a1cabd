#include "methods/sparse/sparse_method.h"

#include "kernels/model/prefill/layer_context.h"
#include "kernels/ops/device/profile.h"

namespace skipbench {

std::optional<Attended> SparseMethod::attend(LayerContext& layer, const AttentionRows& rows,
                                             const AttentionInputs& inputs) {
  const int64_t live = layer.live();
  if (!layers_.contain(layer.layer()) || rows.updated.count() != live) return std::nullopt;
  if (sees_all(live) && !always_sparse_) return std::nullopt;
  ops::SparsePattern seen;
  at::Tensor pairs;  // [] int64
  {
    const ProfileScope timed(OpGroup::kProbe);
    seen = pattern(layer, inputs);
    pairs = ops::sparse_pairs(seen, live);
  }
  return Attended{.heads = ops::sparse_attention(inputs.queries, inputs.keys, inputs.values, seen),
                  .pairs = pairs};
}

}  // namespace skipbench
