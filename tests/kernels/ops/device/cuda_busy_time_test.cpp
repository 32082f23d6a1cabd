#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include <chrono>

#include "kernels/base/error.h"
#include "kernels/ops/device/busy_time.h"
#include "kernels/ops/device/moment.h"
#include "kernels/ops/device/profile.h"

namespace skipbench {
namespace {

const at::Device kGpu(at::kCUDA, 0);

// Products of some 50 microseconds each, which the host queues faster than the device makes them
// unless it works in between.
class CudaBusyTime : public ::testing::Test {
 protected:
  static constexpr int kProducts = 400;

  void SetUp() override {
    if (!at::hasCUDA()) GTEST_SKIP() << "no CUDA device on this machine";
    a_ = at::ones({2560, 2560}, at::TensorOptions(kGpu).dtype(at::kBFloat16));
    b_ = a_.clone();
    c_ = at::empty_like(a_);
    queue({});
  }

  void product() {
    const c10::InferenceMode inference;
    at::matmul_out(c_, a_, b_);
  }

  void queue(std::chrono::microseconds work) {
    for (int i = 0; i < kProducts; ++i) {
      const auto until = std::chrono::steady_clock::now() + work;
      while (std::chrono::steady_clock::now() < until) {
      }
      const ProfileScope scope(OpGroup::kGemm);
      product();
    }
  }

  double elapsed(std::chrono::microseconds work) {
    const Moment begin(kGpu);
    queue(work);
    return begin.milliseconds_until(Moment(kGpu));
  }

  at::Tensor a_, b_, c_;  // [2560, 2560]
};

TEST_F(CudaBusyTime, IsTheTimeOfADeviceThatIsNeverIdleWhateverTheHostDoes) {
  const double alone = elapsed({});
  const std::chrono::microseconds work(100);
  ASSERT_GT(elapsed(work), 1.5 * alone);
  EXPECT_NEAR(busy_milliseconds(kGpu, [&] { queue({}); }), alone, 0.05 * alone);
  const double busy = busy_milliseconds(kGpu, [&] { queue(work); });
  EXPECT_GT(busy, 0.95 * alone);
  EXPECT_LT(busy, 1.15 * alone) << "a gap a pause counts";
}

TEST_F(CudaBusyTime, HoldsWorkThatIsNoOperation) {
  const double alone = elapsed({});
  const double busy = busy_milliseconds(kGpu, [&] {
    for (int i = 0; i < kProducts; i += 100) {
      {
        const ProfileScope scope(OpGroup::kGemm);
        product();
      }
      for (int j = 1; j < 100; ++j) product();
      c_[0][0].item<float>();  // the device is idle after it
    }
  });
  EXPECT_NEAR(busy, alone, 0.05 * alone);
}

TEST_F(CudaBusyTime, EndsWithAStepThatThrows) {
  struct Thrown {};
  EXPECT_THROW(busy_milliseconds(kGpu, [] { throw Thrown(); }), Thrown);
  EXPECT_LT(elapsed(std::chrono::microseconds(100)), 200) << "with pauses it takes a second";
}

TEST(BusyTime, IsNotAskedOfACpu) {
  EXPECT_THROW(busy_milliseconds(at::kCPU, [] {}), ContractError);
}

}  // namespace
}  // namespace skipbench
