#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <exception>
#include <optional>

namespace skipbench {

/// Waits until the device has done what was asked of it.
void synchronize(at::Device device);

/// Largest memory of tensors on a GPU since the last reset, in bytes; nothing on the CPU.
std::optional<int64_t> peak_bytes(at::Device device);
void reset_peak_bytes(at::Device device);

/// Gives memory that the allocator keeps for later back to the device.
void release_cached_memory(at::Device device);

/// Whether an exception says that memory ran out, on whichever device.
bool is_out_of_memory(const std::exception& error);

}  // namespace skipbench
