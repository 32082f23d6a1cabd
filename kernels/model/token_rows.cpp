#include "kernels/model/token_rows.h"

#include <ATen/ATen.h>

#include "kernels/base/check.h"
#include "kernels/ops/rows.h"

namespace skipbench {

TokenRows TokenRows::of(at::Tensor indices, int64_t live) {
  require(indices.dim() == 1 && indices.scalar_type() == at::kLong,
          "TokenRows: indices must be [M] int64");
  require(indices.size(0) <= live, "TokenRows: {} rows of {} living tokens", indices.size(0), live);
  const int64_t count = indices.size(0);
  return TokenRows(count, live, std::move(indices));
}

at::Tensor TokenRows::indices(at::Device device) const {
  if (indices_.defined()) return indices_;
  return at::arange(count_, at::TensorOptions(device).dtype(at::kLong));
}

at::Tensor gather(const at::Tensor& x, const TokenRows& rows) {
  require(x.size(0) == rows.live(), "gather: {} rows in the tensor, {} tokens alive", x.size(0),
          rows.live());
  if (rows.selects_all()) return x;
  return ops::gather_rows(x, rows.indices(x.device()));
}

void scatter_add(at::Tensor& x, const TokenRows& rows, const at::Tensor& update) {
  require(x.size(0) == rows.live() && update.size(0) == rows.count(),
          "scatter_add: {} updates of {} rows into {} rows of {} living tokens", update.size(0),
          rows.count(), x.size(0), rows.live());
  if (rows.selects_all()) {
    x.add_(update);
  } else {
    ops::scatter_add_rows_(x, rows.indices(x.device()), update);
  }
}

}  // namespace skipbench
