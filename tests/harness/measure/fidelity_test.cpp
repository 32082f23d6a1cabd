#include "harness/measure/fidelity.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

namespace skipbench {
namespace {

TEST(KlDivergence, EqualsTheSumByHand) {
  const at::Tensor p = at::log(at::tensor({0.5f, 0.25f, 0.25f}));
  const at::Tensor q = at::log(at::tensor({0.25f, 0.25f, 0.5f}));
  const double expected = 0.5 * std::log(2.0) + 0.25 * std::log(0.5);
  EXPECT_NEAR(kl_divergence(p, q), expected, 1e-7);
}

TEST(KlDivergence, IgnoresAShiftOfTheLogits) {
  const at::Tensor p = at::tensor({1.0f, 2.0f, 3.0f});
  EXPECT_EQ(kl_divergence(p, p), 0.0);
  EXPECT_NEAR(kl_divergence(p, p + 100.0), 0.0, 1e-9);
}

TEST(GreedyMatch, CountsPositionsOfTheLongerReply) {
  EXPECT_EQ(greedy_match({1, 2, 3}, {1, 2, 3}), 1.0);
  EXPECT_EQ(greedy_match({1, 2, 3, 4}, {1, 9, 3}), 0.5);
  EXPECT_EQ(greedy_match({}, {}), 1.0);
  EXPECT_EQ(greedy_match({1}, {}), 0.0);
}

}  // namespace
}  // namespace skipbench
