#include "kernels/ops/attention/attention_probe.h"
#include "tests/kernels/ops/support/cuda_check.h"

namespace skipbench::ops {
namespace {

using test::expect_equal;
using test::on_cuda;
using test::poison;
using test::random;

// softmax(q k / sqrt d) of each head and query over the keys it may see: [H, w, T].
at::Tensor weights_of(const at::Tensor& queries, const at::Tensor& keys) {
  const int64_t window = queries.size(0), tokens = keys.size(0);
  const at::Tensor k = keys.repeat_interleave(queries.size(1) / keys.size(1), 1);  // [T, H, d]
  const double scale = 1 / std::sqrt(static_cast<double>(queries.size(2)));
  at::Tensor scores = at::matmul(queries.transpose(0, 1), k.permute({1, 2, 0})) * scale;
  const at::Tensor unseen =
      at::ones({window, tokens}, on_cuda(at::kBool)).triu(tokens - window + 1);
  return scores.masked_fill_(unseen, -INFINITY).softmax(2);
}

// Tokens, queries, query heads of a KV head, head size and dtype.
class CudaAttentionProbe
    : public test::CudaTestWith<std::tuple<int64_t, int64_t, int64_t, int64_t, at::ScalarType>> {
 protected:
  static constexpr int64_t kKvHeads = 2;
  void SetUp() override {
    test::CudaTestWith<ParamType>::SetUp();
    if (IsSkipped()) return;
    const auto [tokens, window, group, head_size, dtype] = GetParam();
    // Keys and queries as they lie in the fused product [T, Hkv + H + Hkv, d]; scores of spread 2.
    const at::Tensor kqv = random({tokens, (group + 2) * kKvHeads, head_size}, dtype);
    keys_ = kqv.narrow(1, 0, kKvHeads);
    const int64_t count = std::min(window, tokens);
    queries_ = kqv.narrow(1, kKvHeads, group * kKvHeads).narrow(0, tokens - count, count).mul_(2);
    exact_ = weights_of(queries_.to(at::kDouble), keys_.to(at::kDouble));
    poison({tokens}, on_cuda(at::kFloat));
    poison({exact_.size(0), tokens}, on_cuda(at::kFloat));
    poison({exact_.size(0) * count, tokens}, on_cuda(at::kFloat));
  }
  // Every weight by itself, not just the largest: a score's rounding passes to its weight. At a
  // score of 10 a product of 256 elements in 16 steps of fp32 errs by some 1e-5; LibTorch's
  // expression in 16 bits errs by 4e-3 and more.
  static void expect_close(const at::Tensor& result, const at::Tensor& exact) {
    ASSERT_EQ(result.sizes(), exact.sizes());
    const at::Tensor error = (result.to(at::kDouble) - exact).abs();
    EXPECT_LE((error / exact.clamp_min(1e-30)).max().item<double>(), 4e-5);
    EXPECT_LE(error.max().item<double>(), 2e-5 * exact.abs().max().item<double>());
  }
  at::Tensor keys_, queries_, exact_;
};

TEST_P(CudaAttentionProbe, IsTheMeanOverHeadsAndQueries) {
  const at::Tensor scores = attention_probe(queries_, keys_);
  expect_close(scores, exact_.mean(at::IntArrayRef{0, 1}));
  EXPECT_NEAR(scores.sum().item<double>(), 1, 1e-4);
  expect_equal(attention_probe(queries_, keys_), scores);
}

TEST_P(CudaAttentionProbe, IsTheMeanOverQueriesForEachHead) {
  expect_close(attention_probe_per_head(queries_, keys_), exact_.mean(1));
}

TEST_P(CudaAttentionProbe, WeighsQueries) {
  const at::Tensor weights = at::rand({queries_.size(0)}, on_cuda(at::kFloat));
  expect_close(weighted_attention_probe(queries_, keys_, weights),
               (exact_.mean(0) * weights.to(at::kDouble).unsqueeze(1)).sum(0));
}

INSTANTIATE_TEST_SUITE_P(CudaSizes, CudaAttentionProbe,
                         ::testing::Combine(::testing::Values(1, 2, 31, 33, 1000, 4097),
                                            ::testing::Values(1, 4, 8, 33),
                                            ::testing::Values(1, 3, 4, 7),
                                            ::testing::Values(64, 96, 128, 256),
                                            ::testing::Values(at::kHalf, at::kBFloat16)));
INSTANTIATE_TEST_SUITE_P(CudaLong, CudaAttentionProbe,
                         ::testing::Combine(::testing::Values(32768, 65537),
                                            ::testing::Values(1, 8), ::testing::Values(4),
                                            ::testing::Values(128),
                                            ::testing::Values(at::kHalf, at::kBFloat16)));
// More rows of scores than one launch takes, and more bytes than exist at a time.
INSTANTIATE_TEST_SUITE_P(CudaChunks, CudaAttentionProbe,
                         ::testing::Combine(::testing::Values(20000), ::testing::Values(128, 700),
                                            ::testing::Values(4), ::testing::Values(64),
                                            ::testing::Values(at::kBFloat16)));
// Without a kernel of ours.
INSTANTIATE_TEST_SUITE_P(CudaOther, CudaAttentionProbe,
                         ::testing::Combine(::testing::Values(333), ::testing::Values(1, 5),
                                            ::testing::Values(2), ::testing::Values(32, 80, 128),
                                            ::testing::Values(at::kFloat, at::kBFloat16)));

}  // namespace
}  // namespace skipbench::ops
