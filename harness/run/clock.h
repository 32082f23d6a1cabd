#pragma once

#include <chrono>

namespace skipbench {

using Clock = std::chrono::steady_clock;

/// Wall-clock milliseconds since `start`.
inline double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

}  // namespace skipbench
