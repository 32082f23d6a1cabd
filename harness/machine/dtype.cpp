#include "harness/machine/dtype.h"

#include <fmt/format.h>

#include "kernels/base/error.h"

namespace skipbench {

at::ScalarType choose_dtype(std::string_view spec, at::Device device) {
  if (spec == "auto") return device.is_cuda() ? at::kBFloat16 : at::kFloat;
  if (spec == "fp32") return at::kFloat;
  if (spec == "bf16") return at::kBFloat16;
  if (spec == "fp16") return at::kHalf;
  throw InputError(fmt::format("unknown dtype '{}'; known: auto, fp32, bf16, fp16", spec));
}

std::string_view dtype_name(at::ScalarType dtype) {
  if (dtype == at::kBFloat16) return "bf16";
  if (dtype == at::kHalf) return "fp16";
  return "fp32";
}

}  // namespace skipbench
