#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

namespace skipbench {

/// How far the loading of a checkpoint is: one refreshing line with a bar, on a terminal alone, and
/// only once it takes longer than half a second.
class LoadProgress {
 public:
  /// `bytes` of the whole. Draws on `stream`.
  LoadProgress(std::string what, uint64_t bytes, std::FILE* stream = stderr);
  /// Takes the line away.
  ~LoadProgress();
  LoadProgress(const LoadProgress&) = delete;

  /// `bytes` more were read.
  void add(int64_t bytes);

  /// "loading NAME [====    ] 4.1 of 16.1 GB, 3.2 GB/s".
  std::string line(double seconds) const;

 private:
  using Clock = std::chrono::steady_clock;

  std::string what_;
  double bytes_, done_ = 0;
  std::FILE* stream_;
  bool terminal_, line_open_ = false;
  Clock::time_point start_ = Clock::now(), shown_ = start_;
};

}  // namespace skipbench
