#include "kernels/model/cache/index_list.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace skipbench {

at::Tensor device_list(const std::vector<int64_t>& list, at::Device device) {
  // Only from pinned memory is a copy not waited for.
  const at::Tensor host =
      at::empty({std::ssize(list)}, at::TensorOptions(at::kLong).pinned_memory(device.is_cuda()));
  std::copy(list.begin(), list.end(), host.mutable_data_ptr<int64_t>());
  return host.to(device, /*non_blocking=*/true);
}

std::vector<int64_t> host_list(const at::Tensor& index) {
  const at::Tensor host = index.to(at::kCPU).contiguous();
  const auto* const data = host.const_data_ptr<int64_t>();
  return {data, data + host.numel()};
}

}  // namespace skipbench
