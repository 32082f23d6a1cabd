#include "harness/run/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "harness/base/duration.h"

namespace skipbench {
namespace {

constexpr auto kTerminalPause = std::chrono::milliseconds(100);
constexpr auto kPlainPause = std::chrono::seconds(10);

}  // namespace

Progress::Progress(int64_t rows, double work, std::FILE* stream)
    : rows_(rows), work_left_(work), stream_(stream), terminal_(isatty(fileno(stream)) == 1) {}

void Progress::note(std::string_view line) {
  finish();
  fmt::print(stream_, "{}\n", line);
  std::fflush(stream_);
}

void Progress::at(std::string what) {
  what_ = std::move(what);
  phase_.clear();
  show();
}

void Progress::begin() {
  if (!start_) start_ = Clock::now();
}

void Progress::phase(std::string phase) {
  const auto name = [](const std::string& text) { return text.substr(0, text.find('\t')); };
  const bool is_new = name(phase) != name(phase_);
  phase_ = std::move(phase);
  const bool plain_line = !any_measured_ && !phase_.empty();
  if (is_new && (terminal_ || plain_line)) {
    print();
  } else {
    show();
  }
}

void Progress::measured(int64_t rows, double work) {
  done_ += rows;
  work_left_ -= work;
  measured_work_ += work;
  any_measured_ = true;
  show();
}

void Progress::reused(int64_t rows, double work) {
  done_ += rows;
  work_left_ -= work;
}

void Progress::finish() {
  if (line_open_) fmt::print(stream_, "\r\x1b[K");
  line_open_ = false;
  std::fflush(stream_);
}

void Progress::show() {
  const Clock::time_point now = Clock::now();
  if (now - last_shown_ < (terminal_ ? Clock::duration(kTerminalPause) : kPlainPause)) return;
  print();
}

void Progress::print() {
  last_shown_ = Clock::now();
  if (terminal_) {
    fmt::print(stream_, "\r\x1b[K{}", line());
    line_open_ = true;
  } else {
    fmt::print(stream_, "{}\n", line());
  }
  std::fflush(stream_);
}

std::string Progress::line() const {
  std::string text = rows_ > 0 ? fmt::format("{}/{} rows", done_, rows_) : "";
  if (measured_work_ > 0 && start_) {
    const std::chrono::duration<double> elapsed = Clock::now() - *start_;
    text += ", " + duration_text(elapsed.count() / measured_work_ * work_left_) + " to go";
  }
  std::string doing = phase_.empty() ? what_ : phase_;
  if (const size_t tab = doing.find('\t'); tab != std::string::npos) doing.replace(tab, 1, ": ");
  if (text.empty() || doing.empty()) return text + doing;
  return text + "  " + doing;
}

}  // namespace skipbench
