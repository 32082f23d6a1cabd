#include "kernels/ops/rows/rope.h"
#include "tests/kernels/ops/support/cuda_check.h"

namespace skipbench::ops {
namespace {

using test::expect_as_close_as;
using test::expect_equal;
using test::on_cuda;
using test::random;
using test::random_rows;

constexpr int64_t kLength = 5000;

RopeTables tables(int64_t head_size) {
  const at::Tensor frequency =
      at::pow(1e4, -at::arange(0, head_size, 2, on_cuda(at::kFloat)) / head_size);
  const at::Tensor angle = at::arange(kLength, on_cuda(at::kFloat)).unsqueeze(1) * frequency;
  return {angle.cos(), angle.sin()};
}

// In x's dtype, or with everything in fp64.
at::Tensor rotated(const at::Tensor& x, const at::Tensor& positions, const RopeTables& tables) {
  at::Tensor copy = x.clone();
  rope_reference_(copy, tables.cosine.index_select(0, positions),
                  tables.sine.index_select(0, positions));
  return copy;
}
at::Tensor exactly_rotated(const at::Tensor& x, const at::Tensor& positions,
                           const RopeTables& tables) {
  const int64_t half = x.size(2) / 2;
  const at::Tensor wide = x.to(at::kDouble);
  const at::Tensor c = tables.cosine.index_select(0, positions).to(at::kDouble).unsqueeze(1);
  const at::Tensor s = tables.sine.index_select(0, positions).to(at::kDouble).unsqueeze(1);
  const at::Tensor a = wide.narrow(2, 0, half), b = wide.narrow(2, half, half);
  return at::cat({a * c - b * s, b * c + a * s}, 2);
}

// Rows, query heads, head size and dtype.
class CudaRope : public test::CudaTestWith<std::tuple<int64_t, int64_t, int64_t, at::ScalarType>> {
 protected:
  static constexpr int64_t kKvHeads = 2;
  int64_t rows() const { return std::get<0>(GetParam()); }
  int64_t heads() const { return std::get<1>(GetParam()); }
  int64_t head_size() const { return std::get<2>(GetParam()); }
  at::ScalarType dtype() const { return std::get<3>(GetParam()); }
  at::Tensor kqv() const { return random({rows(), heads() + 2 * kKvHeads, head_size()}, dtype()); }
  at::Tensor positions() const { return at::randint(kLength, {rows()}, on_cuda(at::kLong)); }

  void expect_rotated(const at::Tensor& result, const at::Tensor& x, const at::Tensor& at) const {
    const RopeTables t = tables(head_size());
    expect_as_close_as(result, rotated(x, at, t), exactly_rotated(x, at, t));
  }
};

TEST_P(CudaRope, RotatesKeysAndQueriesOfTheFusedProductAndNothingElse) {
  const at::Tensor before = kqv(), at = positions(), after = before.clone();
  rope_at_(after.narrow(1, 0, kKvHeads + heads()), at, tables(head_size()));
  expect_rotated(after.narrow(1, 0, kKvHeads + heads()), before.narrow(1, 0, kKvHeads + heads()),
                 at);
  expect_equal(after.narrow(1, kKvHeads + heads(), kKvHeads),
               before.narrow(1, kKvHeads + heads(), kKvHeads));
}

TEST_P(CudaRope, FillsTheCacheThatAPlaceOnTheDeviceLeadsTo) {
  const at::Tensor before = kqv(), at = positions();
  const at::Tensor expected = before.clone(), actual = before.clone();
  const at::Tensor untouched = random({kKvHeads, rows() + 9, head_size()}, dtype());
  const CacheTarget target{untouched.clone(), untouched.clone(), 5};
  const at::Tensor keys = untouched.clone(), values = untouched.clone();
  const at::Tensor place = at::zeros({kCachePlaceWidth}, at::kLong);
  write_place(place.mutable_data_ptr<int64_t>(), keys, values, 5);
  rope_kqv_into_cache_(expected, at, tables(head_size()), target);
  rope_kqv_into_cache_(actual, at, tables(head_size()),
                       PlacedCache{place.to(before.device()), kKvHeads});
  expect_equal(actual, expected);
  expect_equal(keys, target.keys);
  expect_equal(values, target.values);
}

TEST_P(CudaRope, RotatesAndFillsTheCacheFromARow) {
  const at::Tensor before = kqv(), at = positions(), after = before.clone();
  const int64_t capacity = rows() + 9;
  const at::Tensor untouched = random({kKvHeads, capacity, head_size()}, dtype());
  const CacheTarget target{.keys = untouched.clone(), .values = untouched.clone(), .first = 5};
  rope_kqv_into_cache_(after, at, tables(head_size()), target);
  const at::Tensor keys = before.narrow(1, 0, kKvHeads);
  const at::Tensor values = before.narrow(1, kKvHeads + heads(), kKvHeads);
  expect_rotated(after.narrow(1, 0, kKvHeads + heads()), before.narrow(1, 0, kKvHeads + heads()),
                 at);
  expect_rotated(target.keys.narrow(1, 5, rows()).transpose(0, 1), keys, at);
  expect_equal(target.values.narrow(1, 5, rows()).transpose(0, 1), values);
  for (const at::Tensor& cache : {target.keys, target.values}) {
    expect_equal(cache.narrow(1, 0, 5), untouched.narrow(1, 0, 5));
    expect_equal(cache.narrow(1, 5 + rows(), 4), untouched.narrow(1, 5 + rows(), 4));
  }
}

TEST_P(CudaRope, FillsTheCacheWithSelectedRows) {
  const at::Tensor source = kqv(), at = positions(), untouched = source.clone();
  const at::Tensor some = random_rows((rows() + 1) / 2, rows());
  const at::Tensor keys = source.narrow(1, 0, kKvHeads);
  const at::Tensor values = source.narrow(1, kKvHeads + heads(), kKvHeads);
  const auto empty_cache = [&] {
    return at::full({kKvHeads, rows() + 1, head_size()}, NAN, source.options());
  };
  const CacheTarget target{.keys = empty_cache(), .values = empty_cache()};
  const CacheTarget copied{.keys = empty_cache(), .values = empty_cache()};
  rope_into_cache_(keys, values, some, at, tables(head_size()), target);
  copy_into_cache_(keys, values, some, copied);
  const auto written = [&](const at::Tensor& cache) {
    return cache.narrow(1, 0, some.size(0)).transpose(0, 1);
  };
  expect_rotated(written(target.keys), keys.index_select(0, some), at.index_select(0, some));
  expect_equal(written(target.values), values.index_select(0, some));
  expect_equal(written(copied.keys), keys.index_select(0, some));
  expect_equal(written(copied.values), values.index_select(0, some));
  expect_equal(source, untouched);
}

INSTANTIATE_TEST_SUITE_P(CudaSizes, CudaRope,
                         ::testing::Combine(::testing::Values(0, 1, 2, 33, 1027),
                                            ::testing::Values(2, 6, 32),
                                            ::testing::Values(2, 20, 64, 80, 128, 256),
                                            ::testing::ValuesIn(test::kDtypes)));
INSTANTIATE_TEST_SUITE_P(CudaManyRows, CudaRope,
                         ::testing::Combine(::testing::Values(65537), ::testing::Values(4),
                                            ::testing::Values(64),
                                            ::testing::ValuesIn(test::kDtypes)));

}  // namespace
}  // namespace skipbench::ops
