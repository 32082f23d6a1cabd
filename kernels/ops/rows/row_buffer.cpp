#include "kernels/ops/rows/row_buffer.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <bit>
#include <vector>

#include "kernels/base/check.h"
#include "kernels/ops/rows/rows.h"

namespace skipbench::ops {
namespace {

constexpr int64_t kRungsPerOctave = 32, kSmallestStep = 64;

std::vector<int64_t> with_rows(const at::Tensor& x, int64_t rows) {
  std::vector<int64_t> sizes = x.sizes().vec();
  sizes[0] = rows;
  return sizes;
}

// Whether x begins a buffer of `rows` rows and no more, of which it may be a range of columns: then
// nothing that is in use lies after its own rows.
bool begins_buffer_of(const at::Tensor& x, int64_t rows) {
  const int64_t elements = rows * x.stride(0);
  return x.storage_offset() < x.stride(0) && elements * static_cast<int64_t>(x.element_size()) ==
                                                 static_cast<int64_t>(x.storage().nbytes());
}

}  // namespace

int64_t planned_rows(int64_t rows) {
  if (rows <= 1) return kSmallestStep;
  const auto octave = static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(rows - 1)));
  const int64_t step = std::max(octave / kRungsPerOctave, kSmallestStep);
  return (rows + step - 1) / step * step;
}

at::Tensor empty_with_room(int64_t rows, int64_t width, const at::TensorOptions& options) {
  const int64_t reserved = options.device().is_cuda() ? planned_rows(rows) : rows;
  return at::empty({reserved, width}, options).narrow(0, 0, rows);
}

at::Tensor padded_to_plan(const at::Tensor& x, bool room) {
  const int64_t rows = x.size(0), planned = planned_rows(rows);
  if (rows == planned) return x;
  room = room && rows > 1;  // the stride of a single row says nothing
  require(!room || begins_buffer_of(x, planned),
          "padded_to_plan: the rows {} do not begin a buffer of {} rows", x.sizes(), planned);
  at::Tensor padded = room ? x.as_strided(with_rows(x, planned), x.strides())
                           : at::empty(with_rows(x, planned), x.options());
  if (!room) padded.narrow(0, 0, rows).copy_(x);
  padded.narrow(0, rows, planned - rows).zero_();
  return padded;
}

at::Tensor gather_with_room(const at::Tensor& x, const at::Tensor& indices) {
  const int64_t rows = indices.size(0);
  if (!x.is_cuda()) return x.index_select(0, indices);
  at::Tensor out =
      empty_with_room(rows, x.numel() / x.size(0), x.options()).view(with_rows(x, rows));
  gather_rows_out(out, x, indices);
  return out;
}

}  // namespace skipbench::ops
