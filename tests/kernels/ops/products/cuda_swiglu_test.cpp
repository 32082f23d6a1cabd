#include "kernels/ops/products/swiglu.h"
#include "tests/kernels/ops/support/cuda_check.h"

namespace skipbench::ops {
namespace {

using test::expect_as_close_as;
using test::random;

at::Tensor expression(const at::Tensor& gate_up) {
  const int64_t width = gate_up.size(1) / 2;
  return at::silu(gate_up.narrow(1, 0, width)) * gate_up.narrow(1, width, width);
}

// Rows, width and dtype.
class CudaSwiglu : public test::CudaTestWith<std::tuple<int64_t, int64_t, at::ScalarType>> {
 protected:
  int64_t rows() const { return std::get<0>(GetParam()); }
  int64_t width() const { return std::get<1>(GetParam()); }
  // Gates from -30 to 30 reach both ends of the sigmoid.
  at::Tensor input(int64_t columns) const {
    return random({rows(), columns}, std::get<2>(GetParam())).mul_(8);
  }
};

TEST_P(CudaSwiglu, ErrsNoMoreThanLibTorch) {
  const at::Tensor x = input(2 * width());
  test::poison({rows(), width()}, x.options());
  expect_as_close_as(swiglu(x), expression(x), expression(x.to(at::kDouble)));
}

TEST_P(CudaSwiglu, ReadsRowsOfAWiderTensor) {
  const at::Tensor x = input(2 * width() + 8).narrow(1, 8, 2 * width());
  expect_as_close_as(swiglu(x), expression(x), expression(x.to(at::kDouble)));
}

INSTANTIATE_TEST_SUITE_P(CudaSizes, CudaSwiglu,
                         ::testing::Combine(::testing::Values(0, 1, 2, 33, 1027),
                                            ::testing::Values(1, 8, 100, 1536, 4095, 14336),
                                            ::testing::ValuesIn(test::kDtypes)));
INSTANTIATE_TEST_SUITE_P(CudaManyRows, CudaSwiglu,
                         ::testing::Combine(::testing::Values(65537), ::testing::Values(512),
                                            ::testing::ValuesIn(test::kDtypes)));

using CudaSwigluEdges = test::CudaTest;

TEST_F(CudaSwigluEdges, SwigluOfExtremeGatesIsThatOfLibTorch) {
  for (const at::ScalarType dtype : test::kDtypes) {
    const at::Tensor gates = at::tensor({-INFINITY, -1e4F, -100.F, -88.F, 0.F, 88.F, 1e4F, NAN});
    const at::Tensor x = at::cat({gates, at::ones({8})}).unsqueeze(0).to(test::on_cuda(dtype));
    const at::Tensor result = swiglu(x), reference = expression(x);
    EXPECT_TRUE(at::allclose(result, reference, 0, 1e-30, /*equal_nan=*/true))
        << result << reference;
  }
}

}  // namespace
}  // namespace skipbench::ops
