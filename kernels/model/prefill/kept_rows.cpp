#include "kernels/model/prefill/kept_rows.h"

#include <ATen/ATen.h>

#include "kernels/base/check.h"
#include "kernels/ops/device/contract.h"

namespace skipbench {
namespace {

// Ranks among the living tokens as places among the visible rows.
at::Tensor places_among(const TokenRows& visible, const at::Tensor& ranks) {
  if (visible.selects_all()) return ranks;
  return at::searchsorted(visible.indices(ranks.device()), ranks);
}

// x [M', Hkv, d], for each KV head, or each query head, its own places [n, M]: [n, M, d].
at::Tensor gather_per_head(const at::Tensor& x, const at::Tensor& places) {
  const int64_t lists = places.size(0), lists_a_head = lists / x.size(1);
  const at::Tensor head = at::arange(lists, places.options()).floor_divide(lists_a_head);
  return x.index({places, head.unsqueeze(1)});
}

}  // namespace

KeptRows kept_rows(const CachedRows& cached, const TokenRows& visible, const at::Tensor& keys,
                   const at::Tensor& values, const at::Tensor& positions) {
  if (cached.per_head.defined()) {
    require_ascending(cached.per_head, visible.live(), "cached_rows");
    require_among(visible, cached.per_head, "cached_rows");
    const at::Tensor places = places_among(visible, cached.per_head);
    return {
        .keys = gather_per_head(keys, places),
        .values = gather_per_head(values, places),
        .positions = positions.index_select(0, cached.per_head.flatten()).view_as(cached.per_head)};
  }
  require(cached.shared.has_value(), "cached_rows: neither shared nor per-head rows");
  const at::Device device = positions.device();
  require_among(visible, *cached.shared, device, "cached_rows");
  KeptRows kept{.keys = keys, .values = values, .positions = gather(positions, *cached.shared)};
  if (cached.shared->count() != visible.count()) {
    const at::Tensor places = places_among(visible, cached.shared->indices(device));
    kept.keys = keys.index_select(0, places);
    kept.values = values.index_select(0, places);
  }
  kept.keys = kept.keys.transpose(0, 1);
  kept.values = kept.values.transpose(0, 1);
  return kept;
}

}  // namespace skipbench
