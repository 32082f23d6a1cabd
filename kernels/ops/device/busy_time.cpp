#include "kernels/ops/device/busy_time.h"

#include <utility>
#include <vector>

#include "kernels/base/check.h"
#include "kernels/ops/device/moment.h"

#ifdef SKIPBENCH_WITH_CUDA
#include <ATen/cuda/CUDAContext.h>
#include <ATen/cuda/Sleep.h>
#include <c10/cuda/CUDAGuard.h>
#endif

namespace skipbench {

#ifdef SKIPBENCH_WITH_CUDA

namespace {

constexpr int64_t kPauseCycles = 4'000'000;  // some 2 ms, in which a host queues 400 kernels

// While it lives, this thread's operations pause an idle device.
struct Pauses {
  explicit Pauses(c10::Device on);
  ~Pauses();
  Pauses(const Pauses&) = delete;
  Pauses& operator=(const Pauses&) = delete;

  bool is_idle() const { return at::cuda::getCurrentCUDAStream(device.index()).query(); }
  void take() {
    Moment begin(device);
    at::cuda::sleep(kPauseCycles);
    taken.emplace_back(std::move(begin), Moment(device));
  }

  c10::Device device;
  std::vector<std::pair<Moment, Moment>> taken = {};
};

thread_local Pauses* pauses = nullptr;

Pauses::Pauses(c10::Device on) : device(on) {
  require(pauses == nullptr, "busy_milliseconds: asked for within another call");
  pauses = this;
}

Pauses::~Pauses() {
  pauses = nullptr;
}

}  // namespace

void ops::begin_operation() {
  if (pauses != nullptr && pauses->is_idle()) pauses->take();
}

double busy_milliseconds(c10::Device device, const std::function<void()>& step) {
  require(device.is_cuda(), "busy_milliseconds: a CPU is never idle for want of a host");
  const c10::cuda::CUDAGuard guard(device);
  Pauses all(device);
  const Moment begin(device);
  step();
  const Moment end(device);
  double busy = begin.milliseconds_until(end);
  for (const auto& [from, to] : all.taken) busy -= from.milliseconds_until(to);
  return busy;
}

#else

void ops::begin_operation() {}

double busy_milliseconds(c10::Device, const std::function<void()>&) {
  throw ContractError("busy_milliseconds: a build without CUDA");
}

#endif

}  // namespace skipbench
