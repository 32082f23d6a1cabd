#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "kernels/ops/busy_time.h"
#include "kernels/ops/moment.h"
#include "kernels/ops/profile.h"

namespace skipbench {
namespace {

const at::Device kGpu(at::kCUDA, 0);
constexpr int kProducts = 40;

class CudaBusyTime : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!at::hasCUDA()) GTEST_SKIP() << "no CUDA device on this machine";
    a_ = at::ones({4096, 4096}, at::TensorOptions(kGpu).dtype(at::kBFloat16));
    b_ = a_.clone();
    c_ = at::empty_like(a_);
    products({});
  }

  // So many products, and what the host does before each.
  void products(std::chrono::microseconds work) {
    const c10::InferenceMode inference;
    for (int i = 0; i < kProducts; ++i) {
      const auto until = std::chrono::steady_clock::now() + work;
      while (std::chrono::steady_clock::now() < until) {
      }
      const ProfileScope scope(OpGroup::kGemm);
      at::matmul_out(c_, a_, b_);
    }
  }

  double elapsed(std::chrono::microseconds work) {
    const Moment begin(kGpu);
    products(work);
    return begin.milliseconds_until(Moment(kGpu));
  }

  at::Tensor a_, b_, c_;  // [4096, 4096]
};

TEST_F(CudaBusyTime, IsAllOfTheTimeOfADeviceThatIsNeverIdle) {
  const double all = elapsed({});
  EXPECT_NEAR(busy_milliseconds(kGpu, [&] { products({}); }), all, 0.05 * all);
}

TEST_F(CudaBusyTime, HoldsNoneOfTheWaitsForTheHost) {
  const double all = elapsed({});
  const std::chrono::microseconds work(500);  // a product takes a third of that
  EXPECT_GT(elapsed(work), 1.5 * all);
  EXPECT_NEAR(busy_milliseconds(kGpu, [&] { products(work); }), all, 0.05 * all);
}

TEST_F(CudaBusyTime, HoldsNoneOfTheWaitsOfAStepThatAsksTheDevice) {
  const double all = elapsed({});
  const auto asking = [&] {
    for (int i = 0; i < kProducts; ++i) {
      {
        const ProfileScope scope(OpGroup::kGemm);
        at::matmul_out(c_, a_, b_);
      }
      c_[0][0].item<float>();
      std::this_thread::sleep_for(std::chrono::microseconds(300));
    }
  };
  EXPECT_NEAR(busy_milliseconds(kGpu, asking), all, 0.1 * all);
}

}  // namespace
}  // namespace skipbench
