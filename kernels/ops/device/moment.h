#pragma once

#include <c10/core/Device.h>

#include <chrono>
#include <memory>

namespace skipbench {

/// A moment in the order of a device's work: an event on the current stream of a GPU, which costs
/// some microseconds there, else the wall clock. It is taken when it is made.
class Moment {
 public:
  explicit Moment(c10::Device device);
  ~Moment();
  Moment(Moment&&) noexcept;
  Moment& operator=(Moment&&) noexcept;

  /// Between two moments of one device. Waits until the device has reached the later one.
  double milliseconds_until(const Moment& later) const;

 private:
  struct Event;
  std::unique_ptr<Event> event_;  // none on the CPU
  std::chrono::steady_clock::time_point clock_;
};

}  // namespace skipbench
