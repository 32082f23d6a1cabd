#include "kernels/ops/rows/rms_norm.h"
#include "tests/kernels/ops/support/cuda_check.h"

namespace skipbench::ops {
namespace {

using test::expect_as_close_as;
using test::expect_equal;
using test::kNormEpsilon;
using test::poison;
using test::random;
using test::random_rows;

at::Tensor exact_norm(const at::Tensor& x, const at::Tensor& weight) {
  return at::rms_norm(x.to(at::kDouble), weight.sizes(), weight.to(at::kDouble), kNormEpsilon);
}

void expect_norm(const at::Tensor& result, const at::Tensor& x, const at::Tensor& weight) {
  ASSERT_EQ(result.sizes(), x.sizes());
  if (x.numel() == 0) return;
  const at::Tensor reference = at::rms_norm(x, weight.sizes(), weight, kNormEpsilon);
  expect_as_close_as(result, reference, exact_norm(x, weight));
}

// Rows, width and dtype.
class CudaRmsNorm : public test::CudaTestWith<std::tuple<int64_t, int64_t, at::ScalarType>> {
 protected:
  int64_t rows() const { return std::get<0>(GetParam()); }
  int64_t width() const { return std::get<1>(GetParam()); }
  at::ScalarType dtype() const { return std::get<2>(GetParam()); }
  at::Tensor input() const { return random({rows(), width()}, dtype()); }
  at::Tensor weight() const { return random({width()}, dtype()); }
};

TEST_P(CudaRmsNorm, ErrsNoMoreThanLibTorch) {
  const at::Tensor x = input(), w = weight();
  poison(x.sizes(), x.options());
  expect_norm(rms_norm(x, w, kNormEpsilon), x, w);
}

TEST_P(CudaRmsNorm, ReadsRowsOfAWiderTensor) {
  const at::Tensor wide = random({rows(), 3 * width()}, dtype()), w = weight();
  const at::Tensor x = wide.narrow(1, width(), width());
  poison(x.sizes(), x.options());
  expect_norm(rms_norm(x, w, kNormEpsilon), x, w);
}

TEST_P(CudaRmsNorm, GathersRows) {
  const at::Tensor x = input(), w = weight();
  const at::Tensor some = random_rows((rows() + 1) / 2, rows());
  poison({some.size(0), width()}, x.options());
  expect_norm(gather_rms_norm(x, some, w, kNormEpsilon), x.index_select(0, some), w);
}

TEST_P(CudaRmsNorm, AddsAnUpdateOfEveryRow) {
  at::Tensor hidden = input();
  const at::Tensor update = input(), w = weight(), sum = hidden + update;
  poison(hidden.sizes(), hidden.options());
  const at::Tensor normed = add_rms_norm_(hidden, update, w, kNormEpsilon);
  expect_equal(hidden, sum);
  expect_norm(normed, sum, w);
}

TEST_P(CudaRmsNorm, AddsAnUpdateOfSomeRowsAndNormalisesAll) {
  for (const int64_t count : {int64_t{0}, std::min<int64_t>(rows(), 1), (rows() + 1) / 2, rows()}) {
    at::Tensor hidden = input();
    const at::Tensor some = random_rows(count, rows());
    const at::Tensor update = random({count, width()}, dtype()), w = weight();
    at::Tensor sum = hidden.clone();
    sum.index_copy_(0, some, hidden.index_select(0, some) + update);
    poison(hidden.sizes(), hidden.options());
    const at::Tensor normed = add_rms_norm_(hidden, some, update, w, kNormEpsilon);
    expect_equal(hidden, sum);
    expect_norm(normed, sum, w);
  }
}

INSTANTIATE_TEST_SUITE_P(CudaSizes, CudaRmsNorm,
                         ::testing::Combine(::testing::Values(0, 1, 2, 33, 1027),
                                            ::testing::Values(1, 8, 100, 576, 4095, 4096, 14336),
                                            ::testing::ValuesIn(test::kDtypes)));
INSTANTIATE_TEST_SUITE_P(CudaManyRows, CudaRmsNorm,
                         ::testing::Combine(::testing::Values(65536, 65537),
                                            ::testing::Values(64, 1024),
                                            ::testing::ValuesIn(test::kDtypes)));
// Wider than what a block keeps in registers: 4 packs of 16 bytes for each of 1,024 threads.
INSTANTIATE_TEST_SUITE_P(CudaWideRows, CudaRmsNorm,
                         ::testing::Combine(::testing::Values(3), ::testing::Values(40000, 40001),
                                            ::testing::ValuesIn(test::kDtypes)));

}  // namespace
}  // namespace skipbench::ops
