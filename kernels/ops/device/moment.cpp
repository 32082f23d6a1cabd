#include "kernels/ops/device/moment.h"

#ifdef SKIPBENCH_WITH_CUDA
#include <ATen/cuda/CUDAContext.h>
#include <ATen/cuda/CUDAEvent.h>
#endif

namespace skipbench {

#ifdef SKIPBENCH_WITH_CUDA

struct Moment::Event {
  at::cuda::CUDAEvent event{cudaEventDefault};  // with time, unlike the class's own default
};

Moment::Moment(c10::Device device) {
  if (device.is_cuda()) {
    event_ = std::make_unique<Event>();
    event_->event.record(at::cuda::getCurrentCUDAStream(device.index()));
  } else {
    clock_ = std::chrono::steady_clock::now();
  }
}

double Moment::milliseconds_until(const Moment& later) const {
  if (event_) {
    later.event_->event.synchronize();
    return event_->event.elapsed_time(later.event_->event);
  }
  return std::chrono::duration<double, std::milli>(later.clock_ - clock_).count();
}

#else

struct Moment::Event {};

Moment::Moment(c10::Device) : clock_(std::chrono::steady_clock::now()) {}

double Moment::milliseconds_until(const Moment& later) const {
  return std::chrono::duration<double, std::milli>(later.clock_ - clock_).count();
}

#endif

Moment::~Moment() = default;
Moment::Moment(Moment&&) noexcept = default;
Moment& Moment::operator=(Moment&&) noexcept = default;

}  // namespace skipbench
