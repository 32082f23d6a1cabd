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

KeptRows kept_rows(const Keeps& keeps, const TokenRows& visible, const at::Tensor& keys,
                   const at::Tensor& values, const at::Tensor& positions) {
  if (keeps.per_head.defined()) {
    require_ascending(keeps.per_head, visible.live(), "keeps");
    require_among(visible, keeps.per_head, "keeps");
    const at::Tensor places = places_among(visible, keeps.per_head);
    return {
        .keys = gather_per_head(keys, places),
        .values = gather_per_head(values, places),
        .positions = positions.index_select(0, keeps.per_head.flatten()).view_as(keeps.per_head)};
  }
  require(keeps.rows.has_value(), "keeps: neither rows nor rows per head");
  const at::Device device = positions.device();
  require_among(visible, *keeps.rows, device, "keeps");
  KeptRows kept{.keys = keys, .values = values, .positions = gather(positions, *keeps.rows)};
  if (keeps.rows->count() != visible.count()) {
    const at::Tensor places = places_among(visible, keeps.rows->indices(device));
    kept.keys = keys.index_select(0, places);
    kept.values = values.index_select(0, places);
  }
  kept.keys = kept.keys.transpose(0, 1);
  kept.values = kept.values.transpose(0, 1);
  return kept;
}

}  // namespace skipbench
