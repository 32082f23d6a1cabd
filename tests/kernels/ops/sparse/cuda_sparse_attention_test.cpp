#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "kernels/ops/attention/attention.h"
#include "kernels/ops/sparse/sparse_attention.h"
#include "tests/kernels/ops/support/cuda_check.h"

namespace skipbench::ops {
namespace {

using namespace test;

// Each block with the given probability, and those on the diagonal; the second head has half as
// many columns as the others.
SparsePattern pattern_on_device(int64_t heads, int64_t tokens, double share, int64_t columns) {
  const int64_t rows = query_blocks(tokens), keys = key_blocks(tokens);
  at::Tensor blocks = at::rand({heads, rows, keys}, on_cuda(at::kFloat)) < share;
  for (int64_t key = 0; key < keys; ++key) {
    blocks.select(2, key).select(1, key * kKeyBlock / kQueryBlock).fill_(true);
  }
  if (columns == 0) return {blocks, {}};
  const at::Tensor order = at::argsort(at::rand({heads, tokens}, on_cuda(at::kFloat)), int64_t{1});
  at::Tensor chosen =
      std::get<0>(order.narrow(1, 0, std::min(columns, tokens)).sort(1)).contiguous();
  chosen[1].narrow(0, chosen.size(1) / 2, chosen.size(1) - chosen.size(1) / 2).fill_(kNoColumn);
  return {blocks, chosen};
}

SparsePattern on_cpu(const SparsePattern& pattern) {
  return {pattern.blocks.cpu(), pattern.columns.defined() ? pattern.columns.cpu() : at::Tensor{}};
}

// Dtype, tokens, query heads a KV head, head size, columns.
using Case = std::tuple<at::ScalarType, int64_t, int64_t, int64_t, int64_t>;

class CudaSparseAttention : public CudaTestWith<Case> {};

TEST_P(CudaSparseAttention, ErrsAsLittleAsLibTorch) {
  const auto [dtype, tokens, group, size, columns] = GetParam();
  const int64_t kv_heads = 2, heads = kv_heads * group;
  // Out of wider rows, as the core's fused projections leave them.
  const at::Tensor fused = random({tokens, heads + 2 * kv_heads, size}, dtype);
  const at::Tensor q = fused.narrow(1, 0, heads), k = fused.narrow(1, heads, kv_heads);
  const at::Tensor v = fused.narrow(1, heads + kv_heads, kv_heads);
  const SparsePattern pattern = pattern_on_device(heads, tokens, 0.4, columns);
  poison({tokens, heads, size}, q.options());
  const at::Tensor result = sparse_attention(q, k, v, pattern);
  // The gathered way of the same dtype and of double, both LibTorch's.
  const SparsePattern same = on_cpu(pattern);
  const at::Tensor reference = sparse_attention(q.cpu(), k.cpu(), v.cpu(), same);
  const at::Tensor exact = sparse_attention(q.cpu().to(at::kDouble), k.cpu().to(at::kDouble),
                                            v.cpu().to(at::kDouble), same);
  expect_as_close_as(result.cpu(), reference, exact);
}

INSTANTIATE_TEST_SUITE_P(CudaSizes, CudaSparseAttention,
                         testing::Combine(testing::Values(at::kHalf, at::kBFloat16),
                                          testing::Values(1, 2, 63, 64, 65, 127, 128, 129, 1000),
                                          testing::Values(1, 3, 4), testing::Values(64, 128),
                                          testing::Values(0, 5, 200)));

class CudaSparseAttentionAtSize : public CudaTest {};

TEST_F(CudaSparseAttentionAtSize, InSinglePrecisionIsThatOfTheCpu) {
  const at::Tensor q = random({300, 4, 64}, at::kFloat), k = random({300, 2, 64}, at::kFloat);
  const at::Tensor v = random({300, 2, 64}, at::kFloat);
  const SparsePattern pattern = pattern_on_device(4, 300, 0.4, 5);
  const at::Tensor result = sparse_attention(q, k, v, pattern);
  const at::Tensor on_host = sparse_attention(q.cpu(), k.cpu(), v.cpu(), on_cpu(pattern));
  EXPECT_LT((result.cpu() - on_host).abs().max().item<double>(), 1e-5);
}

TEST_F(CudaSparseAttentionAtSize, OfEveryBlockOf64kTokensErrsAsLittleAsCudnn) {
  const int64_t tokens = 65535;
  const at::Tensor q = random({tokens, 4, 128}, at::kBFloat16);
  const at::Tensor k = random({tokens, 1, 128}, at::kBFloat16);
  const at::Tensor v = random({tokens, 1, 128}, at::kBFloat16);
  const SparsePattern all{
      at::ones({4, query_blocks(tokens), key_blocks(tokens)}, on_cuda(at::kBool)), {}};
  const at::Tensor result = sparse_attention(q, k, v, all);
  const at::Tensor dense = causal_attention(q, k, v);
  // Rows from all over, exactly.
  const at::Tensor rows = random_rows(64, tokens);
  at::Tensor exact = at::empty({64, 4, 128}, on_cuda(at::kDouble));
  for (int64_t i = 0; i < rows.size(0); ++i) {
    const int64_t seen = rows[i].item<int64_t>() + 1;
    const at::Tensor keys = k.narrow(0, 0, seen).select(1, 0).to(at::kDouble);
    const at::Tensor values = v.narrow(0, 0, seen).select(1, 0).to(at::kDouble);
    const at::Tensor query = q[rows[i].item<int64_t>()].to(at::kDouble);
    exact[i] = query.matmul(keys.t()).div(std::sqrt(128.0)).softmax(1).matmul(values);
  }
  expect_as_close_as(result.index_select(0, rows), dense.index_select(0, rows), exact);
}

TEST_F(CudaSparseAttentionAtSize, IsTheSameInEveryRun) {
  const at::Tensor q = random({3000, 8, 128}, at::kBFloat16);
  const at::Tensor k = random({3000, 2, 128}, at::kBFloat16);
  const at::Tensor v = random({3000, 2, 128}, at::kBFloat16);
  const SparsePattern pattern = pattern_on_device(8, 3000, 0.3, 100);
  const at::Tensor first = sparse_attention(q, k, v, pattern);
  for (int i = 0; i < 3; ++i) expect_equal(sparse_attention(q, k, v, pattern), first);
}

}  // namespace
}  // namespace skipbench::ops
