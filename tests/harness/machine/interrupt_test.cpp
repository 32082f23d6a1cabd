#include "harness/machine/interrupt.h"

#include <ATen/ATen.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "kernels/ops/products/linear.h"

namespace skipbench {
namespace {

/// The handler tells the user; hundreds of times would be too often.
class SilentStderr {
 public:
  SilentStderr() : saved_(dup(STDERR_FILENO)) {
    const int nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, STDERR_FILENO);
    close(nowhere);
  }
  ~SilentStderr() {
    dup2(saved_, STDERR_FILENO);
    close(saved_);
  }
  SilentStderr(const SilentStderr&) = delete;
  SilentStderr& operator=(const SilentStderr&) = delete;

 private:
  int saved_;
};

// A handler on the stack of the product that it interrupts damages the heap or the result, within
// a few hundred signals.
TEST(InterruptGuard, ASignalDoesNotDisturbTheProductThatItInterrupts) {
  const at::Tensor x = at::randn({256, 128}), w = at::randn({256, 128});
  const at::Tensor undisturbed = ops::linear(x, w);
  const SilentStderr silent;
  const pthread_t computing = pthread_self();
  for (int signal = 0; signal < 1000; ++signal) {
    const InterruptGuard guard;
    const std::jthread sender([&] {
      std::this_thread::sleep_for(std::chrono::microseconds(50 + signal % 7 * 40));
      pthread_kill(computing, SIGINT);
    });
    while (InterruptGuard::pending() == 0) ASSERT_TRUE(at::equal(ops::linear(x, w), undisturbed));
  }
}

TEST(InterruptGuard, RemembersTheSignalUntilTheNextGuard) {
  const SilentStderr silent;
  {
    const InterruptGuard guard;
    EXPECT_EQ(InterruptGuard::pending(), 0);
    raise(SIGTERM);
    EXPECT_EQ(InterruptGuard::pending(), SIGTERM);
  }
  const InterruptGuard guard;
  EXPECT_EQ(InterruptGuard::pending(), 0);
}

}  // namespace
}  // namespace skipbench
