#include "kernels/ops/rows/top_k.h"

#include <ATen/ATen.h>

#include <limits>

#include "kernels/base/check.h"
#include "kernels/ops/device/cuda_scope.h"
#include "kernels/ops/device/profile.h"
#include "kernels/ops/device/slow_path.h"
#include "kernels/ops/rows/top_k_cuda.h"

namespace skipbench::ops {
namespace {

bool select_has_kernel(const at::Tensor& scores) {
  return has_kernel(scores) && scores.dim() <= 2 && scores.size(-1) <= int64_t{1} << 30;
}

at::Tensor top_k_cuda(const at::Tensor& scores, int64_t k, const ForcedRanks& forced) {
  const at::Tensor rows = scores.to(at::kFloat).contiguous().view({-1, scores.size(-1)});
  at::Tensor ranks = at::empty({rows.size(0), k}, scores.options().dtype(at::kLong));
  const CudaScope scope(scores);
  const int64_t among = rows.size(1) - forced.first - forced.last;
  launch_top_k({.scores = rows.const_data_ptr<float>() + forced.first,
                .score_stride = rows.stride(0),
                .ranks = ranks.mutable_data_ptr<int64_t>(),
                .rows = rows.size(0),
                .count = static_cast<int32_t>(among),
                .k = static_cast<int32_t>(k - forced.first - forced.last),
                .before = static_cast<int32_t>(forced.first),
                .after = static_cast<int32_t>(forced.last)},
               scope.stream());
  return scores.dim() == 1 ? ranks.squeeze(0) : ranks;
}

at::Tensor sorted_top_k(const at::Tensor& scores, int64_t k) {
  const at::Tensor ordered = scores.nan_to_num(-std::numeric_limits<double>::infinity(),
                                               std::numeric_limits<double>::infinity(),
                                               -std::numeric_limits<double>::infinity());
  // A stable sort keeps equal scores in ascending rank, which is the tie rule.
  const at::Tensor order = std::get<1>(at::sort(ordered, /*stable=*/true, /*dim=*/-1, true));
  return std::get<0>(at::sort(order.narrow(-1, 0, k)));
}

// The k largest of the scores between the forced ones, with these around them.
at::Tensor sorted_top_k(const at::Tensor& scores, int64_t k, const ForcedRanks& forced) {
  if (forced.first + forced.last == 0) return sorted_top_k(scores, k);
  const int64_t count = scores.size(-1), others = count - forced.first - forced.last;
  const at::Tensor ranks = at::arange(count, scores.options().dtype(at::kLong));
  std::vector<int64_t> shape = scores.sizes().vec();
  const auto run = [&](int64_t begin, int64_t length) {
    shape.back() = length;
    return ranks.narrow(0, begin, length).expand(shape);
  };
  const int64_t chosen = k - forced.first - forced.last;
  return at::cat({run(0, forced.first),
                  sorted_top_k(scores.narrow(-1, forced.first, others), chosen) + forced.first,
                  run(count - forced.last, forced.last)},
                 -1);
}

}  // namespace

at::Tensor top_k_rows(const at::Tensor& scores, int64_t k, const ForcedRanks& forced) {
  const ProfileScope timed(OpGroup::kSelect);
  require(scores.dim() >= 1 && k >= 1 && k <= scores.size(-1), "top_k_rows: {} of {} scores", k,
          scores.dim() == 0 ? 0 : scores.size(-1));
  require(forced.first >= 0 && forced.last >= 0 && forced.first + forced.last <= k,
          "top_k_rows: {} + {} forced ranks among {}", forced.first, forced.last, k);
  if constexpr (kWithCuda) {
    if (select_has_kernel(scores)) return top_k_cuda(scores, k, forced);
  }
  note_no_kernel("top_k_rows", scores);
  return sorted_top_k(scores, k, forced);
}

}  // namespace skipbench::ops
