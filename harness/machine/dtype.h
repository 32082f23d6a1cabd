#pragma once

#include <ATen/core/Tensor.h>

#include <string_view>

namespace skipbench {

/// "auto", "fp32", "bf16" or "fp16"; auto is fp32 on the CPU and bf16 on a GPU.
at::ScalarType choose_dtype(std::string_view spec, at::Device device);

/// "fp32", "bf16" or "fp16".
std::string_view dtype_name(at::ScalarType dtype);

}  // namespace skipbench
