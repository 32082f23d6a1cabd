#include "harness/checkpoint/load_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

namespace skipbench {
namespace {

constexpr auto kPatience = std::chrono::milliseconds(500);
constexpr auto kPause = std::chrono::milliseconds(100);
constexpr int kBarWidth = 24;
constexpr double kGiga = 1e9;

}  // namespace

LoadProgress::LoadProgress(std::string what, uint64_t bytes, std::FILE* stream)
    : what_(std::move(what)),
      bytes_(std::max(1.0, static_cast<double>(bytes))),
      stream_(stream),
      terminal_(isatty(fileno(stream)) == 1) {}

LoadProgress::~LoadProgress() {
  if (!line_open_) return;
  std::fputs("\r\x1b[K", stream_);
  std::fflush(stream_);
}

void LoadProgress::add(int64_t bytes) {
  done_ += static_cast<double>(bytes);
  const Clock::time_point now = Clock::now();
  if (!terminal_ || now - start_ < kPatience || now - shown_ < kPause) return;
  shown_ = now;
  line_open_ = true;
  const std::chrono::duration<double> elapsed = now - start_;
  fmt::print(stream_, "\r\x1b[K{}", line(elapsed.count()));
  std::fflush(stream_);
}

std::string LoadProgress::line(double seconds) const {
  const double share = std::min(1.0, done_ / bytes_);
  const auto filled = static_cast<int>(std::floor(share * kBarWidth));
  return fmt::format("loading {} [{:<{}}] {:.1f} of {:.1f} GB, {:.1f} GB/s", what_,
                     std::string(filled, '='), kBarWidth, done_ / kGiga, bytes_ / kGiga,
                     done_ / kGiga / seconds);
}

}  // namespace skipbench
