#include "kernels/ops/products/linear.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "tests/kernels/ops/support/cpu_tensors.h"

namespace skipbench::ops {
namespace {

using test::distance;
using test::seeded;

// Few rows and many are multiplied by different libraries.
class LinearRows : public ::testing::TestWithParam<int64_t> {};

TEST_P(LinearRows, EveryFormEqualsTheProductInDoublePrecision) {
  constexpr int64_t kIn = 96, kOut = 80;
  const at::Tensor x = seeded({GetParam(), kIn}, 1), w = seeded({kOut, kIn}, 2);
  const at::Tensor b = seeded({kOut}, 3);
  const at::Tensor product = at::matmul(x.to(at::kDouble), w.to(at::kDouble).t());
  const at::Tensor biased = product + b.to(at::kDouble);
  EXPECT_LT(distance(ops::linear(x, w), product), 1e-4);
  EXPECT_LT(distance(ops::linear(x, w, b), biased), 1e-4);
  EXPECT_LT(distance(ops::linear_with_room(x, w, b), biased), 1e-4);

  at::Tensor y = at::full({GetParam(), kOut}, 7.0F);
  ops::linear_out(y, x, w);
  EXPECT_TRUE(at::equal(y, ops::linear(x, w)));
  ops::linear_add_(y, x, w);
  EXPECT_TRUE(at::equal(y, ops::linear(x, w) + ops::linear(x, w)));
}

TEST_P(LinearRows, AcceptsRowsOfAWiderMatrix) {
  const at::Tensor wide = seeded({GetParam(), 64}, 4), w = seeded({24, 32}, 5);
  EXPECT_TRUE(at::equal(ops::linear(wide.narrow(1, 32, 32), w),
                        ops::linear(wide.narrow(1, 32, 32).contiguous(), w)));
}

INSTANTIATE_TEST_SUITE_P(Linear, LinearRows, ::testing::Values(1, 2, 127, 128, 300));

}  // namespace
}  // namespace skipbench::ops
