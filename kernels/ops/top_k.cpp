#include "kernels/ops/top_k.h"

#include <ATen/ATen.h>

#include <limits>

#include "kernels/base/check.h"
#include "kernels/ops/cuda_scope.h"
#include "kernels/ops/profile.h"
#include "kernels/ops/top_k_cuda.h"

namespace skipbench::ops {
namespace {

bool select_has_kernel(const at::Tensor& scores) {
  return has_kernel(scores) && scores.dim() <= 2 && scores.size(-1) <= int64_t{1} << 30;
}

at::Tensor top_k_cuda(const at::Tensor& scores, int64_t k) {
  const at::Tensor rows = scores.to(at::kFloat).contiguous().view({-1, scores.size(-1)});
  at::Tensor ranks = at::empty({rows.size(0), k}, scores.options().dtype(at::kLong));
  const CudaScope scope(scores);
  launch_top_k({.scores = rows.const_data_ptr<float>(),
                .score_stride = rows.stride(0),
                .ranks = ranks.mutable_data_ptr<int64_t>(),
                .rows = rows.size(0),
                .count = static_cast<int32_t>(rows.size(1)),
                .k = static_cast<int32_t>(k)},
               scope.stream());
  return scores.dim() == 1 ? ranks.squeeze(0) : ranks;
}

}  // namespace

at::Tensor top_k_rows(const at::Tensor& scores, int64_t k) {
  const ProfileScope timed(OpGroup::kSelect);
  require(scores.dim() >= 1 && k >= 1 && k <= scores.size(-1), "top_k_rows: {} of {} scores", k,
          scores.dim() == 0 ? 0 : scores.size(-1));
  if constexpr (kWithCuda) {
    if (select_has_kernel(scores)) return top_k_cuda(scores, k);
  }
  const at::Tensor ordered = scores.nan_to_num(-std::numeric_limits<double>::infinity(),
                                               std::numeric_limits<double>::infinity(),
                                               -std::numeric_limits<double>::infinity());
  // A stable sort keeps equal scores in ascending rank, which is the tie rule.
  const at::Tensor order = std::get<1>(at::sort(ordered, /*stable=*/true, /*dim=*/-1, true));
  return std::get<0>(at::sort(order.narrow(-1, 0, k)));
}

}  // namespace skipbench::ops
