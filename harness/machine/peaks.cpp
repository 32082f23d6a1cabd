#include "harness/machine/peaks.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <limits>

#include "harness/machine/device_memory.h"
#include "kernels/ops/products/linear.h"

namespace skipbench {
namespace {

// Seconds of the fastest run of `step`; the first, cold run does not count.
double fastest_seconds(at::Device device, double milliseconds, const std::function<void()>& step) {
  using Clock = std::chrono::steady_clock;
  step();
  synchronize(device);
  double best = std::numeric_limits<double>::infinity();
  const Clock::time_point begin = Clock::now();
  do {
    const Clock::time_point start = Clock::now();
    step();
    synchronize(device);
    best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
  } while (std::chrono::duration<double, std::milli>(Clock::now() - begin).count() < milliseconds);
  return best;
}

}  // namespace

MatrixOperands matrix_operands(int64_t n, at::Device device, at::ScalarType dtype) {
  constexpr double kWeightSpread = 0.02;  // as weights are commonly initialised
  const auto options = at::TensorOptions(device).dtype(dtype);
  return {at::empty({n, n}, options).normal_(),
          at::empty({n, n}, options).normal_(0, kWeightSpread)};
}

at::Tensor copy_source(int64_t bytes, at::Device device) {
  constexpr int64_t kWord = sizeof(int32_t);  // a CPU draws words four times as fast as bytes
  return at::empty({bytes / kWord}, at::TensorOptions(device).dtype(at::kInt)).random_();
}

double matrix_rate(at::Device device, at::ScalarType dtype, double milliseconds) {
  const c10::InferenceMode inference;
  const int64_t n = device.is_cpu() ? 1024 : 8192;
  const MatrixOperands x = matrix_operands(n, device, dtype);
  const double seconds =
      fastest_seconds(device, milliseconds, [&] { ops::linear(x.activations, x.weights); });
  return 2.0 * static_cast<double>(n * n * n) / seconds;
}

double copy_rate(at::Device device, double milliseconds) {
  const c10::InferenceMode inference;
  const int64_t bytes = device.is_cpu() ? int64_t{256} << 20 : int64_t{2} << 30;
  const at::Tensor from = copy_source(bytes, device);
  at::Tensor to = at::empty_like(from);
  const double seconds = fastest_seconds(device, milliseconds, [&] { to.copy_(from); });
  return 2.0 * static_cast<double>(bytes) / seconds;
}

}  // namespace skipbench
