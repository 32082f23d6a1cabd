#include "methods/selection/sparse_method.h"

#include "kernels/model/layer_context.h"
#include "kernels/ops/profile.h"

namespace skipbench {

std::optional<Attended> SparseMethod::attend(LayerContext& layer, const AttentionRows& rows,
                                             const AttentionInputs& inputs) {
  if (!layers_.contain(layer.layer()) || rows.updated.count() != layer.live()) return std::nullopt;
  std::optional<ops::SparsePattern> seen;
  int64_t pairs = 0;
  {
    const ProfileScope timed(OpGroup::kProbe);
    seen = pattern(layer, inputs);
    if (!seen) return std::nullopt;
    pairs = ops::sparse_pairs(*seen, layer.live());
  }
  return Attended{.heads = ops::sparse_attention(inputs.queries, inputs.keys, inputs.values, *seen),
                  .pairs = pairs};
}

}  // namespace skipbench
