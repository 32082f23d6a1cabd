#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace skipbench {

/// A list of the host as an index: [n] int64 on the device. On a GPU its copy is queued on the
/// current stream and nobody waits for it.
at::Tensor device_list(const std::vector<int64_t>& list, at::Device device);
/// An index [n] int64 as a list of the host. Waits for the device.
std::vector<int64_t> host_list(const at::Tensor& index);

}  // namespace skipbench
