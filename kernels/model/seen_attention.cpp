#include "kernels/model/seen_attention.h"

#include <ATen/ATen.h>

#include "kernels/model/work_meter.h"

namespace skipbench {

at::Tensor SeenAttention::ranks(int64_t first, int64_t count) const {
  if (!all_ask()) return asking_.indices(keys().device()).narrow(0, first, count);
  return at::arange(first, first + count, keys().options().dtype(at::kLong));
}

int64_t SeenAttention::pairs_from(int64_t first) const {
  if (all_ask()) return causal_pairs(visible()) - causal_pairs(first);
  const int64_t count = asking() - first;
  return ranks(first, count).sum().item<int64_t>() + count;  // a query of rank r sees r + 1 keys
}

}  // namespace skipbench
