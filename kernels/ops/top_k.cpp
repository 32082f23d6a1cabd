#include "kernels/ops/top_k.h"

#include <ATen/ATen.h>

#include <limits>

#include "kernels/base/check.h"

namespace skipbench::ops {

at::Tensor top_k_rows(const at::Tensor& scores, int64_t k) {
  require(scores.dim() >= 1 && k >= 1 && k <= scores.size(-1), "top_k_rows: {} of {} scores", k,
          scores.dim() == 0 ? 0 : scores.size(-1));
  const at::Tensor ordered = scores.nan_to_num(-std::numeric_limits<double>::infinity(),
                                               std::numeric_limits<double>::infinity(),
                                               -std::numeric_limits<double>::infinity());
  // A stable sort keeps equal scores in ascending rank, which is the tie rule.
  const at::Tensor order = std::get<1>(at::sort(ordered, /*stable=*/true, /*dim=*/-1, true));
  return std::get<0>(at::sort(order.narrow(-1, 0, k)));
}

}  // namespace skipbench::ops
