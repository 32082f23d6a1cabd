#pragma once

#include <chrono>

namespace skipbench {

using Clock = std::chrono::steady_clock;

/// Wall-clock milliseconds since `start`.
inline double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// A wall clock that can be stopped for a while. It runs from the beginning.
class StopWatch {
 public:
  void stop() {
    before_ = milliseconds();
    running_ = false;
  }
  void go_on() {
    running_ = true;
    since_ = Clock::now();
  }
  /// While it ran.
  double milliseconds() const { return before_ + (running_ ? milliseconds_since(since_) : 0); }

 private:
  Clock::time_point since_ = Clock::now();
  double before_ = 0;
  bool running_ = true;
};

}  // namespace skipbench
