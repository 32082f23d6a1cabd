#include "methods/sparse/select_share.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>

namespace skipbench {

at::Tensor select_share(const at::Tensor& scores, double share, const at::Tensor& forced) {
  return select_share(scores, share, forced, 0);
}

at::Tensor select_share(const at::Tensor& scores, double share, const at::Tensor& forced,
                        int64_t count) {
  if (share >= 1) return at::ones(scores.sizes(), scores.options().dtype(at::kBool));
  const at::Tensor ranked = scores.masked_fill(forced, std::numeric_limits<float>::infinity());
  const at::Tensor order = at::argsort(ranked, /*stable=*/true, /*dim=*/-1, /*descending=*/true);
  const at::Tensor sorted = scores.gather(-1, order).to(at::kDouble);  // [..., n]
  const at::Tensor before = sorted.cumsum(-1) - sorted;
  at::Tensor needed = before < share * sorted.sum(-1, /*keepdim=*/true);
  needed.narrow(-1, 0, std::min(count, scores.size(-1))).fill_(true);
  return at::zeros_like(needed).scatter_(-1, order, needed).logical_or(forced);
}

}  // namespace skipbench
