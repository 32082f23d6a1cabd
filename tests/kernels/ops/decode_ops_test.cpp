#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "kernels/ops/attention/attention.h"
#include "kernels/ops/attention/decode_attention.h"
#include "kernels/ops/products/gemv.h"
#include "kernels/ops/products/swiglu.h"
#include "kernels/ops/rows/argmax.h"
#include "kernels/ops/rows/rms_norm.h"
#include "kernels/ops/rows/rope.h"

namespace skipbench::ops {
namespace {

TEST(DecodeOps, ProductsOfOneRowAreLibTorchs) {
  const at::Tensor x = at::randn({1, 12}), weight = at::randn({10, 12}), bias = at::randn({10});
  const NormPrologue norm{at::randn({12}), 1e-5};
  const at::Tensor normed = rms_norm(x, norm.weight, norm.epsilon);
  EXPECT_TRUE(at::equal(gemv(x, weight, bias), at::linear(x, weight, bias)));
  EXPECT_TRUE(at::equal(gemv(x, weight, {}, norm), at::linear(normed, weight)));
  const at::Tensor y = at::ones({1, 10});
  gemv_add_(y, x, weight);
  EXPECT_TRUE(at::equal(y, at::ones({1, 10}) + at::linear(x, weight)));
  const at::Tensor half = at::empty({1, 5});
  gemv_swiglu_out(half, x, weight, norm);
  EXPECT_TRUE(at::equal(half, swiglu(at::linear(normed, weight))));
}

TEST(DecodeOps, AttentionSeesTheRowsInUse) {
  const at::Tensor q = at::randn({2, 4, 8}), k = at::randn({2, 20, 8}), v = at::randn({2, 20, 8});
  const at::Tensor expected = cached_attention(q, k.narrow(1, 0, 13), v.narrow(1, 0, 13));
  EXPECT_TRUE(at::equal(decode_attention(q, k, v, 13), expected));
}

TEST(DecodeOps, APlaceInMemoryLeadsToACache) {
  const at::Tensor k = at::randn({2, 20, 8}), v = at::randn({2, 20, 8});
  const at::Tensor place = at::zeros({kCachePlaceWidth}, at::kLong);
  write_place(place.mutable_data_ptr<int64_t>(), k, v, 12);
  const PlacedCache cache{place, 2};

  const at::Tensor kqv = at::randn({1, 2 + 4 + 2, 8}), angle = at::randn({50, 4});
  const RopeTables tables{angle.cos(), angle.sin()};
  const at::Tensor expected_kqv = kqv.clone(), expected_k = k.clone(), expected_v = v.clone();
  const at::Tensor position = at::tensor({31L});
  rope_kqv_into_cache_(expected_kqv, position, tables, CacheTarget{expected_k, expected_v, 12});
  rope_kqv_into_cache_(kqv, position, tables, cache);
  EXPECT_TRUE(at::equal(kqv, expected_kqv));
  EXPECT_TRUE(at::equal(k, expected_k));
  EXPECT_TRUE(at::equal(v, expected_v));

  const at::Tensor q = kqv.narrow(1, 2, 4);
  EXPECT_TRUE(at::equal(decode_attention(q, cache, 20), decode_attention(q, k, v, 13)));
}

TEST(DecodeOps, AFusedProductIsRotatedAndCached) {
  const at::Tensor x = at::randn({1, 12}), w = at::randn({(2 + 4 + 2) * 8, 12});
  const at::Tensor bias = at::randn({64}), norm_weight = at::randn({12});
  const NormPrologue norm{norm_weight, 1e-5};
  const at::Tensor angle = at::randn({1, 4}), first = at::zeros({1}, at::kLong);
  const RopeTables rotation{angle.cos(), angle.sin()};
  const at::Tensor k = at::randn({2, 20, 8}), v = at::randn({2, 20, 8});
  const at::Tensor expected_k = k.clone(), expected_v = v.clone();
  const at::Tensor expected = gemv(x, w, bias, norm);
  rope_kqv_into_cache_(expected.view({1, 8, 8}), first, rotation,
                       CacheTarget{expected_k, expected_v, 12});

  const at::Tensor place = at::zeros({kCachePlaceWidth}, at::kLong);
  write_place(place.mutable_data_ptr<int64_t>(), k, v, 12);
  const at::Tensor kqv = at::empty({1, 64});
  gemv_kqv_into_cache_out(kqv, x, w, bias, norm, rotation, {place, 2});
  EXPECT_TRUE(at::equal(kqv, expected));
  EXPECT_TRUE(at::equal(k, expected_k));
  EXPECT_TRUE(at::equal(v, expected_v));
}

TEST(DecodeOps, TheArgMaxOfTiesIsTheLowerId) {
  EXPECT_EQ(argmax_token(at::tensor({1.F, 7.F, 7.F, -2.F})).item<int64_t>(), 1);
  const at::Tensor rows = at::tensor({0.F, 2.F, 5.F, 5.F}).view({2, 2});
  EXPECT_TRUE(at::equal(argmax_token(rows), at::tensor({1L, 0L})));
}

}  // namespace
}  // namespace skipbench::ops
