#include "kernels/ops/rows/rows.h"

#include "kernels/ops/products/low_rank_ffn.h"
#include "tests/kernels/ops/support/cuda_check.h"

namespace skipbench::ops {
namespace {

using test::expect_as_close_as;
using test::expect_equal;
using test::on_cuda;
using test::poison;
using test::random;
using test::random_rows;

// Rows, width and dtype.
class CudaRows : public test::CudaTestWith<std::tuple<int64_t, int64_t, at::ScalarType>> {
 protected:
  int64_t rows() const { return std::get<0>(GetParam()); }
  int64_t width() const { return std::get<1>(GetParam()); }
  at::ScalarType dtype() const { return std::get<2>(GetParam()); }
  at::Tensor input() const { return random({rows(), width()}, dtype()); }
};

TEST_P(CudaRows, GathersRows) {
  const at::Tensor x = input(), some = random_rows((rows() + 1) / 2, rows());
  poison({some.size(0), width()}, x.options());
  expect_equal(gather_rows(x, some), x.index_select(0, some));
  expect_equal(gather_rows(x, some.flip(0)), x.index_select(0, some.flip(0)));
}

TEST_P(CudaRows, GathersRowsOfAWiderTensor) {
  const at::Tensor wide = random({rows(), 2 * width() + 8}, dtype());
  const at::Tensor x = wide.narrow(1, 8, width()), some = random_rows(rows() / 2, rows());
  poison({some.size(0), width()}, x.options());
  expect_equal(gather_rows(x, some), x.index_select(0, some));
}

TEST_P(CudaRows, AddsToSelectedRowsAlone) {
  const at::Tensor before = input(), after = before.clone();
  const at::Tensor some = random_rows((rows() + 1) / 2, rows());
  const at::Tensor update = random({some.size(0), width()}, dtype());
  scatter_add_rows_(after, some, update);
  at::Tensor expected = before.clone();
  expected.index_copy_(0, some, before.index_select(0, some) + update);
  expect_equal(after, expected);
}

TEST_P(CudaRows, NormsErrNoMoreThanLibTorch) {
  const at::Tensor x = input(), scale = random({rows()}, at::kFloat);
  const auto norms = [](const at::Tensor& of, at::ScalarType in) {
    return at::linalg_vector_norm(of, 2, at::IntArrayRef{1}, false, in);
  };
  const at::Tensor exact = norms(x.to(at::kDouble), at::kDouble);
  poison({rows()}, scale.options());
  expect_as_close_as(row_norms(x), norms(x, at::kFloat), exact);
  expect_as_close_as(row_norms(x, scale), norms(x, at::kFloat) * scale, exact * scale);
}

INSTANTIATE_TEST_SUITE_P(CudaSizes, CudaRows,
                         ::testing::Combine(::testing::Values(1, 2, 33, 1027),
                                            ::testing::Values(1, 8, 192, 577, 4095, 4096, 14336),
                                            ::testing::ValuesIn(test::kDtypes)));
INSTANTIATE_TEST_SUITE_P(CudaManyRows, CudaRows,
                         ::testing::Combine(::testing::Values(65537), ::testing::Values(192, 1024),
                                            ::testing::ValuesIn(test::kDtypes)));

class CudaBlockMeans : public test::CudaTestWith<std::tuple<int64_t, int64_t, at::ScalarType>> {};

TEST_P(CudaBlockMeans, ErrNoMoreThanLibTorchAlsoInAPartialLastBlock) {
  const auto [tokens, head_size, dtype] = GetParam();
  const int64_t block = 8;
  const at::Tensor fused = random({tokens, 6, head_size}, dtype);
  // Sums of 16-bit numbers are all but exact in fp32, in one order or another: multiples of 1/64
  // are exact in any.
  if (dtype != at::kFloat) fused.mul_(64).round_().div_(64);
  const at::Tensor keys = fused.narrow(1, 0, 2);  // rows of a fused product
  std::vector<at::Tensor> exact, reference;
  for (const at::Tensor& part : keys.split(block)) {
    exact.push_back(part.to(at::kDouble).mean(0));
    reference.push_back(part.to(at::kFloat).mean(0));
  }
  poison({static_cast<int64_t>(exact.size()), 2, head_size}, on_cuda(at::kFloat));
  expect_as_close_as(block_mean_keys(keys, block), at::stack(reference), at::stack(exact));
}

INSTANTIATE_TEST_SUITE_P(CudaSizes, CudaBlockMeans,
                         ::testing::Combine(::testing::Values(1, 7, 8, 9, 1001),
                                            ::testing::Values(10, 64, 128),
                                            ::testing::ValuesIn(test::kDtypes)));

using CudaLowRankFfn = test::CudaTest;

TEST_F(CudaLowRankFfn, ErrsNoMoreThanLibTorch) {
  for (const at::ScalarType dtype : test::kDtypes) {
    const at::Tensor x = random({1003, 256}, dtype);
    const LowRankFfn ffn{random({256, 96}, dtype).mul_(0.1), random({48, 128}, dtype).mul_(0.1),
                         random({48, 128}, dtype).mul_(0.1), random({128, 48}, dtype).mul_(0.1)};
    const auto norms = [&](at::ScalarType in) {
      const at::Tensor low = x.to(in).matmul(ffn.gate_up_u.to(in));
      const at::Tensor h = at::silu(low.narrow(1, 0, 48).matmul(ffn.gate_v.to(in))) *
                           low.narrow(1, 48, 48).matmul(ffn.up_v.to(in));
      const at::ScalarType sums = in == at::kDouble ? at::kDouble : at::kFloat;
      return at::linalg_vector_norm(h.matmul(ffn.down_u.to(in)), 2, at::IntArrayRef{1}, false,
                                    sums);
    };
    poison({1003}, on_cuda(at::kFloat));
    expect_as_close_as(low_rank_ffn_norms(x, ffn), norms(dtype), norms(at::kDouble));
  }
}

using CudaGather = test::CudaTest;

TEST_F(CudaGather, RowsOfAnyDtypeAreGathered) {
  const at::Tensor some = random_rows(40, 101);
  for (const at::ScalarType dtype : {at::kLong, at::kByte, at::kDouble}) {
    const at::Tensor x = at::randint(100, {101, 3, 131}, on_cuda(dtype));
    expect_equal(gather_rows(x, some), x.index_select(0, some));
  }
  const at::Tensor positions = at::arange(101, on_cuda(at::kLong));
  expect_equal(gather_rows(positions, some), some);
}

}  // namespace
}  // namespace skipbench::ops
