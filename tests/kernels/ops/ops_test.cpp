#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "kernels/base/error.h"
#include "kernels/ops/attention/attention.h"
#include "kernels/ops/attention/attention_probe.h"
#include "kernels/ops/products/swiglu.h"
#include "kernels/ops/rows/rms_norm.h"
#include "kernels/ops/rows/rope.h"
#include "kernels/ops/rows/top_k.h"
#include "tests/kernels/ops/support/cpu_tensors.h"

namespace skipbench::ops {
namespace {

using test::distance;
using test::seeded;

// Scores of one query head row over its visible keys, in double: softmax(q k / sqrt d).
at::Tensor naive_weights(const at::Tensor& q, const at::Tensor& k, int64_t visible) {
  const double scale = 1.0 / std::sqrt(static_cast<double>(q.size(0)));
  return (at::matmul(k.narrow(0, 0, visible).to(at::kDouble), q.to(at::kDouble)) * scale)
      .softmax(0);
}

// Attention with loops over rows and heads; query i sees the first visible[i] keys.
at::Tensor naive_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                           const std::vector<int64_t>& visible) {
  const int64_t group = q.size(1) / k.size(1);
  at::Tensor result = at::empty(q.sizes(), at::kDouble);
  for (int64_t i = 0; i < q.size(0); ++i) {
    for (int64_t h = 0; h < q.size(1); ++h) {
      const at::Tensor weights = naive_weights(q[i][h], k.select(1, h / group), visible[i]);
      result[i][h] =
          at::matmul(weights, v.select(1, h / group).narrow(0, 0, visible[i]).to(at::kDouble));
    }
  }
  return result;
}

class Sizes : public ::testing::TestWithParam<std::tuple<int64_t, int64_t>> {
 protected:
  int64_t rows() const { return std::get<0>(GetParam()); }
  int64_t heads() const { return std::get<1>(GetParam()) * kKvHeads; }
  static constexpr int64_t kKvHeads = 2, kHeadSize = 16;
};

TEST_P(Sizes, CausalAttentionEqualsLoops) {
  const at::Tensor q = seeded({rows(), heads(), kHeadSize}, 1);
  const at::Tensor k = seeded({rows(), kKvHeads, kHeadSize}, 2);
  const at::Tensor v = seeded({rows(), kKvHeads, kHeadSize}, 3);
  std::vector<int64_t> visible;
  for (int64_t i = 0; i < rows(); ++i) visible.push_back(i + 1);
  EXPECT_LT(distance(causal_attention(q, k, v), naive_attention(q, k, v, visible)), 1e-5);
}

TEST_P(Sizes, SelectedAttentionLetsEachQuerySeeTheKeysUpToItsRank) {
  const int64_t tokens = 2 * rows() + 3;
  const at::Tensor q = seeded({rows(), heads(), kHeadSize}, 1);
  const at::Tensor k = seeded({tokens, kKvHeads, kHeadSize}, 2);
  const at::Tensor v = seeded({tokens, kKvHeads, kHeadSize}, 3);
  std::vector<int64_t> visible;
  for (int64_t i = 0; i < rows(); ++i) visible.push_back(2 * i + 2);
  const at::Tensor ranks = at::arange(1, 2 * rows() + 1, 2, at::kLong);
  EXPECT_LT(distance(selected_attention(q, k, v, ranks), naive_attention(q, k, v, visible)), 1e-5);
}

TEST_P(Sizes, CachedAttentionLetsNewTokensSeeTheCacheAndEachOtherCausally) {
  const int64_t cached = 5;
  const at::Tensor q = seeded({rows(), heads(), kHeadSize}, 1);
  const at::Tensor k = seeded({cached + rows(), kKvHeads, kHeadSize}, 2);
  const at::Tensor v = seeded({cached + rows(), kKvHeads, kHeadSize}, 3);
  std::vector<int64_t> visible;
  for (int64_t i = 0; i < rows(); ++i) visible.push_back(cached + i + 1);
  const at::Tensor result = cached_attention(q, k.transpose(0, 1), v.transpose(0, 1));
  EXPECT_LT(distance(result, naive_attention(q, k, v, visible)), 1e-5);
}

TEST_P(Sizes, TheProbeIsTheMeanSoftmaxOverHeadsAndQueries) {
  for (const int64_t window : {int64_t{1}, std::min<int64_t>(rows(), 4)}) {
    const at::Tensor q = seeded({window, heads(), kHeadSize}, 1);
    const at::Tensor k = seeded({rows(), kKvHeads, kHeadSize}, 2);
    at::Tensor expected = at::zeros({rows()}, at::kDouble);
    for (int64_t i = 0; i < window; ++i) {
      const int64_t visible = rows() - window + i + 1;
      for (int64_t h = 0; h < heads(); ++h) {
        expected.narrow(0, 0, visible) +=
            naive_weights(q[i][h], k.select(1, h * kKvHeads / heads()), visible);
      }
    }
    const at::Tensor scores = attention_probe(q, k);
    EXPECT_LT(distance(scores, expected / static_cast<double>(window * heads())), 1e-6);
    EXPECT_NEAR(scores.sum().item<double>(), 1.0, 1e-5);
  }
}

TEST_P(Sizes, TheProbeByHeadAndByWeightAverageToTheProbe) {
  const int64_t window = std::min<int64_t>(rows(), 5);
  const at::Tensor q = seeded({window, heads(), kHeadSize}, 1);
  const at::Tensor k = seeded({rows(), kKvHeads, kHeadSize}, 2);
  const at::Tensor weights = at::linspace(1, 2, window, at::kFloat);
  at::Tensor by_head = at::zeros({heads(), rows()}, at::kDouble);
  at::Tensor by_weight = at::zeros({rows()}, at::kDouble);
  for (int64_t i = 0; i < window; ++i) {
    const int64_t visible = rows() - window + i + 1;
    for (int64_t h = 0; h < heads(); ++h) {
      const at::Tensor seen = naive_weights(q[i][h], k.select(1, h * kKvHeads / heads()), visible);
      by_head[h].narrow(0, 0, visible) += seen / static_cast<double>(window);
      by_weight.narrow(0, 0, visible) +=
          seen * weights[i].item<double>() / static_cast<double>(heads());
    }
  }
  EXPECT_LT(distance(attention_probe_per_head(q, k), by_head), 1e-6);
  EXPECT_LT(distance(weighted_attention_probe(q, k, weights), by_weight), 1e-5);
}

TEST(AttentionProbe, GoesThroughManyQueriesInChunksWithTheSameResult) {
  // 2 heads x 9000 keys x 4 bytes: 3728 queries a chunk, so 4000 make two.
  const at::Tensor q = seeded({4000, 2, 8}, 1), k = seeded({9000, 1, 8}, 2);
  const at::Tensor weights = at::full({4000}, 1.0 / 4000, at::kFloat);
  EXPECT_LT(distance(weighted_attention_probe(q, k, weights), attention_probe(q, k)), 1e-7);
}

INSTANTIATE_TEST_SUITE_P(RowsAndGroups, Sizes,
                         ::testing::Combine(::testing::Values(1, 2, 7, 64, 301),
                                            ::testing::Values(1, 3, 4, 8)));

TEST(TopK, GivesAscendingRanksAndBreaksTiesByTheLowerRank) {
  const at::Tensor scores = at::tensor({1.0F, 3.0F, 2.0F, 3.0F, 2.0F, 0.0F});
  EXPECT_TRUE(at::equal(top_k_rows(scores, 3), at::tensor({1L, 2L, 3L}, at::kLong)));
  EXPECT_TRUE(at::equal(top_k_rows(scores, 1), at::tensor({1L}, at::kLong)));
  EXPECT_TRUE(at::equal(top_k_rows(at::ones({9}), 4), at::arange(4, at::kLong)));
}

TEST(TopK, ChoosesInEachRowByItself) {
  const at::Tensor scores = at::tensor({1.0F, 3.0F, 2.0F, 5.0F, 0.0F, 5.0F}).view({2, 3});
  EXPECT_TRUE(
      at::equal(top_k_rows(scores, 2), at::tensor({1L, 2L, 0L, 2L}, at::kLong).view({2, 2})));
}

TEST(TopK, TakesANanLast) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(at::equal(top_k_rows(at::tensor({nan, 1.0F, nan, -5.0F}), 2),
                        at::tensor({1L, 3L}, at::kLong)));
}

TEST(TopK, ForcedRanksComeBeforeAllOthers) {
  const float inf = std::numeric_limits<float>::infinity();
  const at::Tensor scores = at::tensor({-5.0F, inf, 1.0F, inf, 2.0F, -inf});
  EXPECT_TRUE(at::equal(top_k_rows(scores, 2, {.first = 1, .last = 1}), at::tensor({0L, 5L})));
  EXPECT_TRUE(
      at::equal(top_k_rows(scores, 4, {.first = 1, .last = 1}), at::tensor({0L, 1L, 3L, 5L})));
  EXPECT_TRUE(at::equal(top_k_rows(scores.view({2, 3}), 2, {.first = 0, .last = 1}),
                        at::tensor({1L, 2L, 0L, 2L}).view({2, 2})));
  EXPECT_THROW(top_k_rows(scores, 2, {.first = 2, .last = 1}), ContractError);
}

TEST(TopK, EqualsAFullSortOnManyScoresWithManyTies) {
  const at::Tensor scores = (seeded({10007}, 4) * 8).round();
  const auto* const data = scores.const_data_ptr<float>();
  std::vector<int64_t> order(10007);
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int64_t>(i);
  std::sort(order.begin(), order.end(),
            [&](int64_t a, int64_t b) { return data[a] != data[b] ? data[a] > data[b] : a < b; });
  order.resize(3000);
  std::sort(order.begin(), order.end());
  EXPECT_TRUE(at::equal(top_k_rows(scores, 3000), at::tensor(order, at::kLong)));
}

TEST(RmsNorm, EqualsItsFormulaForEveryWidth) {
  for (const int64_t width : {1, 15, 16, 17, 576}) {
    const at::Tensor x = seeded({33, width}, 5), weight = seeded({width}, 6);
    const at::Tensor wide = x.to(at::kDouble);
    const at::Tensor expected =
        wide / (wide.pow(2).mean(1, true) + 1e-5).sqrt() * weight.to(at::kDouble);
    EXPECT_LT(distance(rms_norm(x, weight, 1e-5), expected), 2e-6) << width;
  }
}

TEST(Rope, RotatesPairsOfAStridedViewAndLeavesTheRestAlone) {
  at::Tensor wide = seeded({19, 6, 8}, 7);
  const at::Tensor before = wide.clone();
  const at::Tensor angle = seeded({19, 4}, 8);
  rope_(wide.narrow(1, 1, 3), angle.cos(), angle.sin());
  for (int64_t row = 0; row < 19; ++row) {
    for (int64_t i = 0; i < 4; ++i) {
      const double c = std::cos(angle[row][i].item<double>());
      const double s = std::sin(angle[row][i].item<double>());
      const double a = before[row][2][i].item<double>(), b = before[row][2][i + 4].item<double>();
      EXPECT_NEAR(wide[row][2][i].item<double>(), a * c - b * s, 1e-5);
      EXPECT_NEAR(wide[row][2][i + 4].item<double>(), b * c + a * s, 1e-5);
    }
  }
  EXPECT_TRUE(at::equal(wide.narrow(1, 4, 2), before.narrow(1, 4, 2)));
  EXPECT_TRUE(at::equal(wide.narrow(1, 0, 1), before.narrow(1, 0, 1)));
}

TEST(Rope, TheReferenceRotatesBothHalvesFromTheirOldValues) {
  at::Tensor loop = seeded({19, 3, 8}, 7);
  at::Tensor reference = loop.clone();
  const at::Tensor angle = seeded({19, 4}, 8);
  rope_(loop, angle.cos(), angle.sin());
  rope_reference_(reference, angle.cos(), angle.sin());
  EXPECT_LT(distance(loop, reference), 1e-6);
}

TEST(SwiGlu, MultipliesTheSiluOfTheFirstHalfWithTheSecond) {
  const at::Tensor x = seeded({5, 14}, 9);
  const at::Tensor gate = x.narrow(1, 0, 7).to(at::kDouble);
  const at::Tensor expected = gate / (1 + (-gate).exp()) * x.narrow(1, 7, 7).to(at::kDouble);
  EXPECT_LT(distance(swiglu(x), expected), 1e-6);
}

}  // namespace
}  // namespace skipbench::ops
