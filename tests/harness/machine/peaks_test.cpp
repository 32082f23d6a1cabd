#include "harness/machine/peaks.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace skipbench {
namespace {

TEST(Peaks, MultiplyWhatAModelHas) {
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
    const MatrixOperands operands = matrix_operands(256, at::kCPU, dtype);
    EXPECT_EQ(operands.activations.sizes(), (std::vector<int64_t>{256, 256}));
    EXPECT_EQ(operands.weights.scalar_type(), dtype);
    EXPECT_NEAR(operands.activations.to(at::kFloat).std().item<float>(), 1, 0.05);
    EXPECT_NEAR(operands.weights.to(at::kFloat).std().item<float>(), 0.02, 0.001);
  }
}

TEST(Peaks, CopyBytesThatDiffer) {
  const at::Tensor bytes = copy_source(1 << 16, at::kCPU).view(at::kByte);
  EXPECT_EQ(bytes.numel(), 1 << 16);
  EXPECT_GT(at::bincount(bytes).count_nonzero().item<int64_t>(), 200);
}

TEST(Peaks, AreRatesThatAMachineCanHave) {
  EXPECT_GT(matrix_rate(at::kCPU, at::kFloat, 5), 1e8);
  EXPECT_LT(matrix_rate(at::kCPU, at::kFloat, 5), 1e15);
  EXPECT_GT(copy_rate(at::kCPU, 5), 1e7);
  EXPECT_LT(copy_rate(at::kCPU, 5), 1e13);
}

}  // namespace
}  // namespace skipbench
