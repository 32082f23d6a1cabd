#include "kernels/ops/busy_time.h"

#include <utility>
#include <vector>

#include "kernels/base/check.h"
#include "kernels/ops/moment.h"

#ifdef SKIPBENCH_WITH_CUDA
#include <ATen/cuda/CUDAContext.h>
#include <ATen/cuda/Sleep.h>
#endif

namespace skipbench {

#ifdef SKIPBENCH_WITH_CUDA

namespace {

constexpr int64_t kPauseCycles = 4'000'000;  // some 2 ms, in which a host queues 400 kernels

struct Waits {
  explicit Waits(c10::Device on) : device(on), last_end(on) {}

  void pause() {
    at::cuda::sleep(kPauseCycles);
    taken.emplace_back(std::move(last_end), Moment(device));
    last_end = Moment(device);
  }

  c10::Device device;
  Moment last_end;                               // of an operation or a pause
  std::vector<std::pair<Moment, Moment>> taken;  // from the end of work to that of the pause
};

thread_local Waits* waits = nullptr;

bool is_idle(c10::Device device) {
  const cudaError_t state = cudaStreamQuery(at::cuda::getCurrentCUDAStream(device.index()));
  if (state == cudaErrorNotReady) (void)cudaGetLastError();  // no error of the next call
  return state == cudaSuccess;
}

struct Restore {
  ~Restore() { waits = nullptr; }
};

}  // namespace

void ops::begin_operation() {
  if (waits != nullptr && is_idle(waits->device)) waits->pause();
}

void ops::end_operation() {
  if (waits != nullptr) waits->last_end = Moment(waits->device);
}

double busy_milliseconds(c10::Device device, const std::function<void()>& step) {
  require(device.is_cuda(), "busy_milliseconds: a CPU is never idle for want of a host");
  Waits all(device);
  const Restore at_end;
  waits = &all;
  const Moment begin(device);
  step();
  const Moment end = is_idle(device) ? std::move(all.last_end) : Moment(device);
  double busy = begin.milliseconds_until(end);
  for (const auto& [from, to] : all.taken) busy -= from.milliseconds_until(to);
  return busy;
}

#else

void ops::begin_operation() {}
void ops::end_operation() {}

double busy_milliseconds(c10::Device, const std::function<void()>&) {
  throw ContractError("busy_milliseconds: a build without CUDA");
}

#endif

}  // namespace skipbench
