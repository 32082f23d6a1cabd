#include "methods/sparse/sparse_method.h"

#include "kernels/model/layer_context.h"
#include "kernels/ops/device/profile.h"

namespace skipbench {

Reads SparseMethod::reads(LayerContext& layer) {
  const int64_t live = layer.live();
  Reads reads = Reads::all(live);
  if (!layers_.contain(layer.layer()) || (sees_all(live) && !always_sparse_)) return reads;
  const SeenAttention& seen = layer.seen();
  const ProfileScope timed(OpGroup::kProbe);
  reads.pattern = pattern(layer, seen);
  return reads;
}

}  // namespace skipbench
