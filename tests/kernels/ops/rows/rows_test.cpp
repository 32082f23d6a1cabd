#include "kernels/ops/rows/rows.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "kernels/ops/products/low_rank_ffn.h"
#include "kernels/ops/rows/rms_norm.h"
#include "kernels/ops/rows/rope.h"

namespace skipbench::ops {
namespace {

TEST(Rows, BlockMeansOfHandMadeKeys) {
  const at::Tensor keys = at::tensor({1.F, 3.F, 5.F, 7.F, 10.F}).view({5, 1, 1});
  EXPECT_TRUE(at::equal(block_mean_keys(keys, 2), at::tensor({2.F, 6.F, 10.F}).view({3, 1, 1})));
}

TEST(Rows, NormsOfHandMadeRowsTimesAScale) {
  const at::Tensor x = at::tensor({3.F, 4.F, 0.F, 0.F, 5.F, 12.F}).view({3, 2});
  EXPECT_TRUE(at::equal(row_norms(x), at::tensor({5.F, 0.F, 13.F})));
  EXPECT_TRUE(
      at::equal(row_norms(x, at::tensor({2.F, 3.F, -1.F})), at::tensor({10.F, 0.F, -13.F})));
}

TEST(Rows, GatherAndScatterAddAreInverse) {
  const at::Tensor x = at::randn({7, 5}), rows = at::tensor({0L, 3L, 6L});
  const at::Tensor gathered = gather_rows(x, rows);
  EXPECT_TRUE(at::equal(gathered, at::stack({x[0], x[3], x[6]})));
  const at::Tensor changed = x.clone();
  scatter_add_rows_(changed, rows, -gathered);
  EXPECT_TRUE(at::equal(gather_rows(changed, rows), at::zeros({3, 5})));
  EXPECT_TRUE(at::equal(changed[1], x[1]));
}

TEST(Rows, AddedUpdatesAreNormalisedWithTheRowsThatGotNone) {
  const at::Tensor x = at::randn({4, 6}), weight = at::randn({6}), rows = at::tensor({1L, 3L});
  const at::Tensor update = at::randn({2, 6}), hidden = x.clone();
  const at::Tensor normed = add_rms_norm_(hidden, rows, update, weight, 1e-5);
  EXPECT_TRUE(at::equal(hidden[0], x[0]));
  EXPECT_TRUE(at::equal(hidden[3], x[3] + update[1]));
  EXPECT_TRUE(at::equal(normed, rms_norm(hidden, weight, 1e-5)));
  EXPECT_TRUE(at::equal(gather_rms_norm(hidden, rows, weight, 1e-5), normed.index_select(0, rows)));
}

TEST(Rows, TheCacheTakesRotatedKeysAndPlainValues) {
  const at::Tensor kqv = at::randn({3, 2 + 4 + 2, 8}), before = kqv.clone();
  const RopeTables tables{at::randn({10, 4}), at::randn({10, 4})};
  const at::Tensor positions = at::tensor({2L, 5L, 9L});
  const CacheTarget target{at::zeros({2, 6, 8}), at::zeros({2, 6, 8}), 3};
  rope_kqv_into_cache_(kqv, positions, tables, target);
  rope_at_(before.narrow(1, 0, 6), positions, tables);
  EXPECT_TRUE(at::equal(kqv, before));
  EXPECT_TRUE(at::equal(target.keys.narrow(1, 3, 3).transpose(0, 1), before.narrow(1, 0, 2)));
  EXPECT_TRUE(at::equal(target.values.narrow(1, 3, 3).transpose(0, 1), before.narrow(1, 6, 2)));
  EXPECT_EQ(target.keys.narrow(1, 0, 3).abs().max().item<float>(), 0);
}

TEST(Rows, SelectedRowsGoToTheCacheRotatedOrAsTheyAre) {
  const at::Tensor keys = at::randn({5, 2, 8}), values = at::randn({5, 2, 8});
  const RopeTables tables{at::randn({10, 4}), at::randn({10, 4})};
  const at::Tensor positions = at::arange(3, 8), rows = at::tensor({0L, 4L});
  const CacheTarget rotated{at::zeros({2, 2, 8}), at::zeros({2, 2, 8}), 0};
  const CacheTarget copied{at::zeros({2, 2, 8}), at::zeros({2, 2, 8}), 0};
  rope_into_cache_(keys, values, rows, positions, tables, rotated);
  copy_into_cache_(keys, values, rows, copied);
  EXPECT_TRUE(at::equal(copied.keys.transpose(0, 1), keys.index_select(0, rows)));
  EXPECT_TRUE(at::equal(copied.values.transpose(0, 1), values.index_select(0, rows)));
  EXPECT_TRUE(at::equal(rotated.values, copied.values));
  const at::Tensor expected = keys.clone();
  rope_at_(expected, positions, tables);
  EXPECT_TRUE(at::equal(rotated.keys.transpose(0, 1), expected.index_select(0, rows)));
}

TEST(Rows, LowRankNormsAreThoseOfTheWholeProductWhereTheLastFactorIsOrthonormal) {
  const at::Tensor x = at::randn({9, 12}), scale = at::rand({9});
  const at::Tensor gate_u = at::randn({12, 3}), up_u = at::randn({12, 3});
  const LowRankFfn ffn{at::cat({gate_u, up_u}, 1), at::randn({3, 7}), at::randn({3, 7}),
                       at::randn({7, 3})};
  const at::Tensor orthonormal = std::get<0>(at::linalg_qr(at::randn({12, 3}))).t();  // [r, D]
  const at::Tensor h =
      at::silu(x.matmul(gate_u).matmul(ffn.gate_v)) * x.matmul(up_u).matmul(ffn.up_v);
  const at::Tensor expected = h.matmul(ffn.down_u).matmul(orthonormal).norm(2, 1);
  EXPECT_TRUE(at::allclose(low_rank_ffn_norms(x, ffn), expected, 1e-4));
  EXPECT_TRUE(at::allclose(low_rank_ffn_norms(x, ffn, scale), expected * scale, 1e-4));
}

}  // namespace
}  // namespace skipbench::ops
