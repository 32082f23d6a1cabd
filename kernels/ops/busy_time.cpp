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

struct Pauses {
  c10::Device device;
  std::vector<std::pair<Moment, Moment>> taken = {};

  void take() {
    Moment begin(device);
    at::cuda::sleep(kPauseCycles);
    taken.emplace_back(std::move(begin), Moment(device));
  }
};

thread_local Pauses* pauses = nullptr;

bool is_idle(c10::Device device) {
  const cudaError_t state = cudaStreamQuery(at::cuda::getCurrentCUDAStream(device.index()));
  if (state == cudaErrorNotReady) (void)cudaGetLastError();  // no error of the next call
  return state == cudaSuccess;
}

struct Restore {
  ~Restore() { pauses = nullptr; }
};

}  // namespace

void ops::begin_operation() {
  if (pauses != nullptr && is_idle(pauses->device)) pauses->take();
}

double busy_milliseconds(c10::Device device, const std::function<void()>& step) {
  require(device.is_cuda(), "busy_milliseconds: a CPU is never idle for want of a host");
  Pauses all{device};
  const Restore at_end;
  pauses = &all;
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
