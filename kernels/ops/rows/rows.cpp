#include "kernels/ops/rows/rows.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "kernels/base/check.h"
#include "kernels/ops/device/cuda_scope.h"
#include "kernels/ops/device/profile.h"
#include "kernels/ops/device/slow_path.h"
#include "kernels/ops/rows/rows_cuda.h"

namespace skipbench::ops {
namespace {

// Below this a block a row would have too few threads.
constexpr int64_t kLeastRowBytes = 256;

// x [T, ...] whose rows are each in one piece.
bool rows_are_whole(const at::Tensor& x) {
  return x.dim() >= 1 && x.size(0) > 0 && x.select(0, 0).is_contiguous();
}

// Such rows are LibTorch's to gather.
bool rows_are_narrow(const at::Tensor& x) {
  return x.numel() < x.size(0) * kLeastRowBytes / static_cast<int64_t>(x.element_size());
}

bool gather_has_kernel(const at::Tensor& x, const at::Tensor& rows) {
  return x.is_cuda() && rows_are_whole(x) && rows.is_contiguous() && rows.dim() == 1 &&
         !rows_are_narrow(x);
}

void gather_rows_cuda(at::Tensor& out, const at::Tensor& x, const at::Tensor& rows) {
  const CudaScope scope(x);
  launch_gather_rows({.x = x.const_data_ptr(),
                      .x_stride_bytes = x.stride(0) * x.element_size(),
                      .rows = rows.const_data_ptr<int64_t>(),
                      .out = out.mutable_data_ptr(),
                      .count = rows.size(0),
                      .row_bytes = x.numel() / x.size(0) * x.element_size()},
                     scope.stream());
}

void scatter_add_rows_cuda(at::Tensor& x, const at::Tensor& rows, const at::Tensor& update) {
  const CudaScope scope(x);
  launch_scatter_add_rows({.element = element_of(x),
                           .x = x.mutable_data_ptr(),
                           .x_stride = x.stride(0),
                           .rows = rows.const_data_ptr<int64_t>(),
                           .update = update.const_data_ptr(),
                           .count = rows.size(0),
                           .width = x.size(1)},
                          scope.stream());
}

at::Tensor row_norms_cuda(const at::Tensor& x, const at::Tensor& scale) {
  at::Tensor out = at::empty({x.size(0)}, x.options().dtype(at::kFloat));
  const CudaScope scope(x);
  launch_row_norms({.element = element_of(x),
                    .x = x.const_data_ptr(),
                    .x_stride = x.stride(0),
                    .scale = scale.defined() ? scale.const_data_ptr<float>() : nullptr,
                    .out = out.mutable_data_ptr<float>(),
                    .rows = x.size(0),
                    .width = x.size(1)},
                   scope.stream());
  return out;
}

at::Tensor block_means_cuda(const at::Tensor& keys, int64_t block) {
  const int64_t blocks = (keys.size(0) + block - 1) / block;
  at::Tensor out =
      at::empty({blocks, keys.size(1), keys.size(2)}, keys.options().dtype(at::kFloat));
  const CudaScope scope(keys);
  launch_block_means({.element = element_of(keys),
                      .x = keys.const_data_ptr(),
                      .x_stride = keys.stride(0),
                      .out = out.mutable_data_ptr<float>(),
                      .rows = keys.size(0),
                      .width = keys.size(1) * keys.size(2),
                      .block = block},
                     scope.stream());
  return out;
}

}  // namespace

at::Tensor gather_rows(const at::Tensor& x, const at::Tensor& rows) {
  const ProfileScope timed(OpGroup::kGather);
  if constexpr (kWithCuda) {
    if (gather_has_kernel(x, rows)) {
      std::vector<int64_t> shape = x.sizes().vec();
      shape[0] = rows.size(0);
      at::Tensor out = at::empty(shape, x.options());
      gather_rows_cuda(out, x, rows);
      return out;
    }
  }
  if (!rows_are_narrow(x)) note_no_kernel("gather_rows", x);
  return x.index_select(0, rows);
}

void gather_rows_out(at::Tensor out, const at::Tensor& x, const at::Tensor& rows) {
  const ProfileScope timed(OpGroup::kGather);
  require(out.is_contiguous() && out.size(0) == rows.size(0) && out.dim() == x.dim() &&
              out.scalar_type() == x.scalar_type(),
          "gather_rows_out: {} rows of {} into {}", rows.size(0), x.sizes(), out.sizes());
  if constexpr (kWithCuda) {
    if (gather_has_kernel(x, rows)) return gather_rows_cuda(out, x, rows);
  }
  if (!rows_are_narrow(x)) note_no_kernel("gather_rows", x);
  at::index_select_out(out, x, 0, rows);
}

void scatter_add_rows_(at::Tensor x, const at::Tensor& rows, const at::Tensor& update) {
  const ProfileScope timed(OpGroup::kGather);
  require(update.size(0) == rows.size(0) && update.dim() == x.dim(),
          "scatter_add_rows_: {} rows of {} into {}", rows.size(0), update.sizes(), x.sizes());
  if constexpr (kWithCuda) {
    if (has_kernel(x) && x.dim() == 2 && last_is_contiguous(x) && update.is_contiguous() &&
        update.size(1) == x.size(1) && update.scalar_type() == x.scalar_type() &&
        rows.is_contiguous()) {
      return scatter_add_rows_cuda(x, rows, update);
    }
  }
  note_no_kernel("scatter_add_rows", x);
  x.index_add_(0, rows, update);
}

at::Tensor row_norms(const at::Tensor& x, const at::Tensor& scale) {
  const ProfileScope timed(OpGroup::kProbe);
  if constexpr (kWithCuda) {
    const bool scale_fits =
        !scale.defined() || (scale.is_contiguous() && scale.scalar_type() == at::kFloat);
    if (has_kernel(x) && x.dim() == 2 && last_is_contiguous(x) && scale_fits) {
      return row_norms_cuda(x, scale);
    }
  }
  note_no_kernel("row_norms", x);
  const at::Tensor norms =
      at::linalg_vector_norm(x, 2, at::IntArrayRef{1}, /*keepdim=*/false, at::kFloat);
  return scale.defined() ? norms * scale : norms;
}

at::Tensor block_mean_keys(const at::Tensor& keys, int64_t block) {
  const ProfileScope timed(OpGroup::kProbe);
  require(keys.dim() == 3 && keys.size(0) >= 1 && block >= 1, "block_mean_keys: blocks of {} of {}",
          block, keys.sizes());
  if constexpr (kWithCuda) {
    if (has_kernel(keys) && rows_are_whole(keys)) return block_means_cuda(keys, block);
  }
  note_no_kernel("block_mean_keys", keys);
  const int64_t tokens = keys.size(0), whole = tokens / block, rest = tokens % block;
  const at::Tensor wide = keys.to(at::kFloat);  // [T, Hkv, d]
  const at::Tensor means =
      wide.narrow(0, 0, whole * block).unflatten(0, at::IntArrayRef{whole, block}).mean(1);
  if (rest == 0) return means;
  return at::cat({means, wide.narrow(0, tokens - rest, rest).mean(0, /*keepdim=*/true)});
}

}  // namespace skipbench::ops
