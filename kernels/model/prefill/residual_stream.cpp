#include "kernels/model/prefill/residual_stream.h"

#include <utility>

#include "kernels/ops/rows/rms_norm.h"

namespace skipbench {

void ResidualStream::add(const TokenRows& rows, at::Tensor update) {
  hidden();
  rows_ = rows;
  update_ = std::move(update);
}

const at::Tensor& ResidualStream::hidden() {
  if (update_.defined()) scatter_add(hidden_, rows_, std::exchange(update_, {}));
  return hidden_;
}

at::Tensor ResidualStream::norm(const at::Tensor& weight, double epsilon) {
  if (!update_.defined()) return ops::rms_norm(hidden_, weight, epsilon);
  const at::Tensor update = std::exchange(update_, {});
  if (rows_.selects_all()) return ops::add_rms_norm_(hidden_, update, weight, epsilon);
  return ops::add_rms_norm_(hidden_, rows_.indices(hidden_.device()), update, weight, epsilon);
}

at::Tensor ResidualStream::norm(const TokenRows& rows, const at::Tensor& weight, double epsilon) {
  if (rows.selects_all()) return norm(weight, epsilon);
  return ops::gather_rms_norm(hidden(), rows.indices(hidden_.device()), weight, epsilon);
}

void ResidualStream::keep(const TokenRows& rows) {
  if (!rows.selects_all()) hidden_ = gather(hidden(), rows);
}

}  // namespace skipbench
