#include "kernels/model/token_rows.h"

#include <ATen/ATen.h>

#include "kernels/base/check.h"
#include "kernels/ops/device/contract.h"
#include "kernels/ops/rows/rows.h"

namespace skipbench {

TokenRows TokenRows::of(at::Tensor indices, int64_t live) {
  require(indices.dim() == 1 && indices.scalar_type() == at::kLong,
          "TokenRows: indices must be [M] int64");
  require(indices.size(0) <= live, "TokenRows: {} rows of {} living tokens", indices.size(0), live);
  require_ascending(indices, live, "TokenRows");
  const int64_t count = indices.size(0);
  return TokenRows(count, live, std::move(indices));
}

at::Tensor TokenRows::indices(at::Device device) const {
  if (indices_.defined()) return indices_;
  return at::arange(count_, at::TensorOptions(device).dtype(at::kLong));
}

void require_last(const TokenRows& rows, at::Device device, std::string_view who) {
  require(!rows.empty(), "{}: no token is left", who);
  if (rows.selects_all() || !ContractChecks::look_at(device)) return;
  const at::Tensor last = rows.indices(device).narrow(0, rows.count() - 1, 1);
  require(all_hold(last.eq(rows.live() - 1)), "{}: the last token, {}, is not among the rows", who,
          rows.live() - 1);
}

void require_among(const TokenRows& rows, const at::Tensor& ranks, std::string_view who) {
  if (rows.selects_all() || !ContractChecks::look_at(ranks.device())) return;
  const at::Tensor found = at::isin(ranks, rows.indices(ranks.device()));
  if (all_hold(found)) return;
  throw ContractError(fmt::format("{}: {} of {} rows are not visible in the layer", who,
                                  ranks.numel() - found.sum().item<int64_t>(), ranks.numel()));
}

void require_among(const TokenRows& rows, const TokenRows& some, at::Device device,
                   std::string_view who) {
  if (rows.selects_all() || !ContractChecks::look_at(device)) return;
  const at::Tensor chosen = some.indices(device);
  if (chosen.is_same(rows.indices(device))) return;
  require_among(rows, chosen, who);
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
