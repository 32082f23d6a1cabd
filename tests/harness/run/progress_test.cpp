#include "harness/run/progress.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>

namespace skipbench {
namespace {

using testing::HasSubstr;

TEST(Progress, WritesPlainLinesWhereThereIsNoTerminal) {
  char* text = nullptr;
  size_t size = 0;
  std::FILE* stream = open_memstream(&text, &size);
  Progress progress(10, 10.0, stream);
  progress.reused(4, 4.0);
  progress.at("needle 1024, sample 1 of 3");
  progress.note("calibrating spts");
  progress.finish();
  std::fclose(stream);
  EXPECT_EQ(std::string(text, size), "4/10 rows  needle 1024, sample 1 of 3\ncalibrating spts\n");
  std::free(text);
}

/// A terminal that keeps what is written to it.
class Terminal {
 public:
  Terminal() : screen_(posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK)) {
    grantpt(screen_);
    unlockpt(screen_);
    stream_ = std::fopen(ptsname(screen_), "w");
  }
  ~Terminal() {
    std::fclose(stream_);
    close(screen_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  std::FILE* stream() const { return stream_; }
  /// What was written since the last call.
  std::string read() const {
    std::string text(4096, '\0');
    const ssize_t size = ::read(screen_, text.data(), text.size());
    return text.substr(0, std::max<ssize_t>(0, size));
  }

 private:
  int screen_;
  std::FILE* stream_ = nullptr;
};

TEST(Progress, CountsOnlyTheRowsThatAreLeftForTheTimeToGo) {
  const Terminal terminal;
  Progress progress(100, 100.0, terminal.stream());
  progress.reused(98, 98.0);
  std::this_thread::sleep_for(std::chrono::milliseconds(2500));  // weights are loaded
  const auto begin = std::chrono::steady_clock::now();
  progress.at("a sample");
  progress.begin();
  EXPECT_THAT(terminal.read(), HasSubstr("98/100 rows  a sample"));
  progress.measured(1, 1.0);
  progress.phase("a warm-up");
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  const std::string line = terminal.read();
  ASSERT_THAT(line, HasSubstr("99/100 rows, "));
  EXPECT_LE(std::stod(line.substr(line.find(", ") + 2)), elapsed.count() + 0.5) << line;
}

TEST(Progress, NamesEveryPhaseBeforeTheFirstSampleOnALineOfItsOwn) {
  char* text = nullptr;
  size_t size = 0;
  std::FILE* stream = open_memstream(&text, &size);
  Progress progress(10, 10.0, stream);
  progress.phase("self-check of full");
  progress.phase("self-check of spts");
  progress.phase("");
  progress.measured(1, 1.0);
  progress.phase("warm-up of spts at 1024 tokens");
  progress.finish();
  std::fclose(stream);
  EXPECT_EQ(std::string(text, size),
            "0/10 rows  self-check of full\n0/10 rows  self-check of spts\n");
  std::free(text);
}

TEST(Progress, SaysHowFarAPhaseIsWithoutANewLineForEachStep) {
  char* text = nullptr;
  size_t size = 0;
  std::FILE* stream = open_memstream(&text, &size);
  Progress progress(10, 10.0, stream);
  progress.phase("calibrating spts\t0%");
  progress.phase("calibrating spts\t40%, 3:07 to go");
  progress.phase("self-check of spts");
  progress.finish();
  std::fclose(stream);
  EXPECT_EQ(std::string(text, size),
            "0/10 rows  calibrating spts: 0%\n0/10 rows  self-check of spts\n");
  std::free(text);

  const Terminal terminal;
  Progress alone(0, 0.0, terminal.stream());
  alone.phase("calibrating spts\t0%");
  EXPECT_THAT(terminal.read(), HasSubstr("\x1b[Kcalibrating spts: 0%"));
  std::this_thread::sleep_for(std::chrono::milliseconds(150));
  alone.phase("calibrating spts\t40%, 3:07 to go");
  EXPECT_THAT(terminal.read(), HasSubstr("\x1b[Kcalibrating spts: 40%, 3:07 to go"));
}

}  // namespace
}  // namespace skipbench
