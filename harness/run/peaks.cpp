#include "harness/run/peaks.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <limits>

#include "harness/run/device_memory.h"
#include "kernels/ops/linear.h"

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

double matrix_rate(at::Device device, at::ScalarType dtype, double milliseconds) {
  const c10::InferenceMode inference;
  const int64_t n = device.is_cpu() ? 1024 : 8192;
  const auto options = at::TensorOptions(device).dtype(dtype);
  const at::Tensor a = at::ones({n, n}, options);
  const at::Tensor b = at::ones({n, n}, options);
  const double seconds = fastest_seconds(device, milliseconds, [&] { ops::linear(a, b); });
  return 2.0 * static_cast<double>(n * n * n) / seconds;
}

double copy_rate(at::Device device, double milliseconds) {
  const c10::InferenceMode inference;
  const int64_t bytes = device.is_cpu() ? int64_t{256} << 20 : int64_t{2} << 30;
  const auto options = at::TensorOptions(device).dtype(at::kByte);
  const at::Tensor from = at::ones({bytes}, options);
  at::Tensor to = at::zeros({bytes}, options);
  const double seconds = fastest_seconds(device, milliseconds, [&] { to.copy_(from); });
  return 2.0 * static_cast<double>(bytes) / seconds;
}

}  // namespace skipbench
