#include "kernels/ops/sparse/sparse_attention.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <tuple>

#include "kernels/base/error.h"
#include "kernels/ops/attention/attention.h"
#include "tests/kernels/ops/support/cpu_tensors.h"
#include "tests/support/recorded_flops.h"

namespace skipbench::ops {
namespace {

using test::distance;
using test::seeded;

constexpr int64_t kKvHeads = 2;

// Every block with the given probability, and those on the diagonal.
SparsePattern random_pattern(int64_t heads, int64_t tokens, double share, uint64_t seed) {
  at::Generator generator = at::detail::createCPUGenerator(seed);
  const auto options = at::TensorOptions(at::kFloat);
  const int64_t rows = query_blocks(tokens), keys = key_blocks(tokens);
  at::Tensor blocks = at::rand({heads, rows, keys}, generator, options) < share;
  for (int64_t key = 0; key < keys; ++key) {
    blocks.select(2, key).select(1, key * kKeyBlock / kQueryBlock).fill_(true);
  }
  return {blocks, {}};
}

// `count` different keys a head, at most all.
at::Tensor random_columns(int64_t heads, int64_t tokens, int64_t count, uint64_t seed) {
  const at::Tensor order = seeded({heads, tokens}, seed).argsort(int64_t{1});
  return std::get<0>(order.narrow(1, 0, std::min(count, tokens)).sort(1));
}

// The pattern's pairs one by one: [H, T, T] bool.
at::Tensor pair_mask(const SparsePattern& pattern, int64_t tokens) {
  const int64_t heads = pattern.blocks.size(0);
  at::Tensor mask = at::zeros({heads, tokens, tokens}, at::kBool);
  auto sees = mask.accessor<bool, 3>();
  const auto blocks = pattern.blocks.accessor<bool, 3>();
  for (int64_t h = 0; h < heads; ++h) {
    for (int64_t i = 0; i < tokens; ++i) {
      for (int64_t j = 0; j <= i; ++j) sees[h][i][j] = blocks[h][i / 128][j / 64];
    }
    if (!pattern.columns.defined()) continue;
    for (int64_t c = 0; c < pattern.columns.size(1); ++c) {
      const int64_t j = pattern.columns[h][c].item<int64_t>();
      if (j == kNoColumn) break;
      for (int64_t i = j; i < tokens; ++i) sees[h][i][j] = true;
    }
  }
  return mask;
}

// All pairs in double, what the mask leaves out at minus infinity: [T, H, d].
at::Tensor masked_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                            const at::Tensor& mask) {
  const int64_t group = q.size(1) / k.size(1);
  const auto wide = [](const at::Tensor& x, int64_t repeats) {
    return x.to(at::kDouble).repeat_interleave(repeats, 1).transpose(0, 1);  // [H, T, d]
  };
  at::Tensor scores = at::matmul(wide(q, 1), wide(k, group).transpose(1, 2)) /
                      std::sqrt(static_cast<double>(q.size(2)));
  scores.masked_fill_(mask.logical_not(), -std::numeric_limits<double>::infinity());
  return at::matmul(scores.softmax(2), wide(v, group)).transpose(0, 1);
}

// Tokens, query heads a KV head, head size.
class SparseAttention : public testing::TestWithParam<std::tuple<int64_t, int64_t, int64_t>> {
 protected:
  int64_t tokens() const { return std::get<0>(GetParam()); }
  int64_t heads() const { return kKvHeads * std::get<1>(GetParam()); }
  int64_t size() const { return std::get<2>(GetParam()); }

  const at::Tensor q = seeded({tokens(), heads(), size()}, 1);
  const at::Tensor k = seeded({tokens(), kKvHeads, size()}, 2);
  const at::Tensor v = seeded({tokens(), kKvHeads, size()}, 3);

  void expect_equals_masked(const SparsePattern& pattern) const {
    const at::Tensor mask = pair_mask(pattern, tokens());
    const at::Tensor result = sparse_attention(q, k, v, pattern);
    EXPECT_TRUE(result.is_contiguous());
    EXPECT_LT(distance(result, masked_attention(q, k, v, mask)), 1e-5);
    EXPECT_EQ(sparse_pairs(pattern, tokens()).item<int64_t>(),
              std::llround(mask.sum().item<double>() / static_cast<double>(heads())));
  }
};

TEST_P(SparseAttention, OfRandomBlocksEqualsMaskedAttention) {
  expect_equals_masked(random_pattern(heads(), tokens(), 0.4, 4));
}

TEST_P(SparseAttention, OfBlocksAndColumnsEqualsMaskedAttention) {
  SparsePattern pattern = random_pattern(heads(), tokens(), 0.2, 5);
  pattern.columns = random_columns(heads(), tokens(), 50, 6);
  expect_equals_masked(pattern);
}

TEST_P(SparseAttention, HeadsMayHaveFewerColumnsThanOthersOrNone) {
  SparsePattern pattern = random_pattern(heads(), tokens(), 0.2, 5);
  pattern.columns = random_columns(heads(), tokens(), 50, 6);
  const int64_t most = pattern.columns.size(1);
  pattern.columns[0].fill_(kNoColumn);
  pattern.columns[1].narrow(0, most / 2, most - most / 2).fill_(kNoColumn);
  expect_equals_masked(pattern);
}

TEST_P(SparseAttention, OfColumnsAloneEqualsMaskedAttention) {
  SparsePattern pattern = random_pattern(heads(), tokens(), 0.0, 7);
  pattern.blocks.zero_();
  pattern.columns = random_columns(heads(), tokens(), 40, 8);
  pattern.columns.select(1, 0).zero_();  // the first key, which every query sees
  expect_equals_masked({pattern.blocks, std::get<0>(pattern.columns.sort(1))});
}

TEST_P(SparseAttention, OfEveryBlockEqualsCausalAttention) {
  SparsePattern pattern = random_pattern(heads(), tokens(), 0.0, 9);
  pattern.blocks.fill_(true);
  EXPECT_LT(distance(sparse_attention(q, k, v, pattern), causal_attention(q, k, v)), 1e-5);
  EXPECT_EQ(sparse_pairs(pattern, tokens()).item<int64_t>(), tokens() * (tokens() + 1) / 2);
}

TEST_P(SparseAttention, AsksForThePatternsPairsAlone) {
  SparsePattern pattern = random_pattern(heads(), tokens(), 0.3, 10);
  pattern.columns = random_columns(heads(), tokens(), 5, 11);
  const skipbench::test::RecordedFlops recorded;
  sparse_attention(q, k, v, pattern);
  EXPECT_EQ(recorded.total(), 4 * size() * pair_mask(pattern, tokens()).sum().item<int64_t>());
}

INSTANTIATE_TEST_SUITE_P(Shapes, SparseAttention,
                         testing::Combine(testing::Values(1, 2, 63, 64, 65, 127, 128, 129, 300,
                                                          1000),
                                          testing::Values(1, 3, 4), testing::Values(64, 128)));

TEST(SparseAttentionTypes, HalfPrecisionIsAsExactAsLibTorchsDenseAttention) {
  const auto half = [](const at::Tensor& x) { return x.to(at::kBFloat16); };
  const at::Tensor q = half(seeded({300, 4, 64}, 1)), k = half(seeded({300, 2, 64}, 2));
  const at::Tensor v = half(seeded({300, 2, 64}, 3));
  SparsePattern pattern = random_pattern(4, 300, 0.0, 4);
  pattern.blocks.fill_(true);
  const at::Tensor exact = masked_attention(q, k, v, pair_mask(pattern, 300));
  const at::Tensor sparse = sparse_attention(q, k, v, pattern);
  EXPECT_EQ(sparse.scalar_type(), at::kBFloat16);
  EXPECT_LE(distance(sparse, exact), 2 * distance(causal_attention(q, k, v), exact));
}

TEST(SparseAttentionTypes, ReadsQueriesKeysAndValuesOfAnyStride) {
  const at::Tensor qkv = seeded({130, 8, 64}, 1);
  const at::Tensor q = qkv.narrow(1, 0, 4), k = qkv.narrow(1, 4, 2), v = qkv.narrow(1, 6, 2);
  const SparsePattern pattern = random_pattern(4, 130, 0.5, 2);
  EXPECT_TRUE(at::equal(sparse_attention(q, k, v, pattern),
                        sparse_attention(q.contiguous(), k.contiguous(), v.contiguous(), pattern)));
}

TEST(SparseAttentionTypes, APatternOfOtherSizesIsRefused) {
  const SparsePattern pattern = random_pattern(4, 128, 0.5, 1);
  EXPECT_THROW(sparse_pairs(pattern, 129), ContractError);
  const at::Tensor x = seeded({128, 2, 64}, 1);
  EXPECT_THROW(sparse_attention(x, x, x, pattern), ContractError);
}

}  // namespace
}  // namespace skipbench::ops
