#include "kernels/ops/attention/attention.h"

#include "kernels/ops/device/slow_path.h"
#include "kernels/ops/rows/row_buffer.h"
#include "tests/kernels/ops/support/cuda_check.h"

namespace skipbench::ops {
namespace {

using test::expect_as_close_as;
using test::on_cuda;
using test::random;
using test::random_rows;

constexpr int64_t kHeads = 8, kKvHeads = 2, kHead = 64;

// softmax(q k^T / sqrt(d)) v with a mask, in LibTorch's operators: [M, H, d].
at::Tensor expression(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                      const at::Tensor& ranks) {
  const at::Tensor hidden = at::arange(k.size(0), ranks.options()) > ranks.unsqueeze(1);  // [M, T]
  const at::Tensor keys = k.repeat_interleave(q.size(1) / k.size(1), 1).transpose(0, 1);
  const at::Tensor values = v.repeat_interleave(q.size(1) / v.size(1), 1).transpose(0, 1);
  const at::Tensor scores = q.transpose(0, 1).matmul(keys.transpose(1, 2)) / std::sqrt(q.size(2));
  return at::softmax(scores.masked_fill(hidden, -INFINITY), 2).matmul(values).transpose(0, 1);
}

// Queries, keys.
class CudaSelectedAttention : public test::CudaTestWith<std::tuple<int64_t, int64_t>> {
 protected:
  int64_t rows() const { return std::get<0>(GetParam()); }
  int64_t keys() const { return std::get<1>(GetParam()); }
  at::Tensor q_, k_, v_;

  void draw(at::ScalarType dtype) {
    q_ = random({rows(), kHeads, kHead}, dtype);
    k_ = random({keys(), kKvHeads, kHead}, dtype);
    v_ = random({keys(), kKvHeads, kHead}, dtype);
    test::poison({keys() + 64, kKvHeads, kHead}, k_.options());  // where padding may come to lie
  }
  void expect_attention(const at::Tensor& result, const at::Tensor& ranks) const {
    const auto exact = [](const at::Tensor& x) { return x.to(at::kDouble); };
    expect_as_close_as(result, expression(q_, k_, v_, ranks),
                       expression(exact(q_), exact(k_), exact(v_), ranks));
  }
};

TEST_P(CudaSelectedAttention, ErrsAsLittleAsLibTorch) {
  for (const at::ScalarType dtype : {at::kBFloat16, at::kHalf}) {
    draw(dtype);
    const at::Tensor ranks = random_rows(rows(), keys());
    expect_attention(selected_attention(q_, k_, v_, ranks), ranks);
  }
}

TEST_P(CudaSelectedAttention, PadsInPlaceWhereThereIsRoom) {
  for (const at::ScalarType dtype : {at::kBFloat16, at::kHalf}) {
    draw(dtype);
    // As products leave them, with NaN where the padding goes.
    std::vector<at::Tensor> padding;
    const auto with_room = [&](const at::Tensor& x) {
      at::Tensor wide = empty_with_room(x.size(0), x.size(1) * kHead, x.options());
      const int64_t planned = planned_rows(x.size(0));
      const at::Tensor whole = wide.as_strided({planned, wide.size(1)}, wide.strides()).fill_(NAN);
      // A single row is copied: its stride does not say where the next one would be.
      if (x.size(0) > 1) padding.push_back(whole.narrow(0, x.size(0), planned - x.size(0)));
      wide.copy_(x.flatten(1));
      return wide.view(x.sizes());
    };
    const at::Tensor ranks = random_rows(rows(), keys());
    expect_attention(
        selected_attention(with_room(q_), with_room(k_), with_room(v_), ranks, /*room=*/true),
        ranks);
    for (const at::Tensor& rows : padding) EXPECT_TRUE(rows.eq(0).all().item<bool>());
  }
}

TEST_P(CudaSelectedAttention, OfTheNewestTokensIsThatOverTheirCache) {
  for (const at::ScalarType dtype : {at::kBFloat16, at::kHalf}) {
    draw(dtype);
    const at::Tensor ranks = at::arange(keys() - rows(), keys(), on_cuda(at::kLong));
    expect_attention(cached_attention(q_, k_.transpose(0, 1), v_.transpose(0, 1)), ranks);
  }
}

TEST_P(CudaSelectedAttention, BuildsNoPlanForAShapeNextToOneThatItHasMet) {
  if (rows() % 64 == 0) GTEST_SKIP() << "the next shape is on the next rung";
  draw(at::kBFloat16);
  selected_attention(q_, k_, v_, random_rows(rows(), keys()));
  const int64_t plans = attention_plans_met();
  q_ = random({rows() + 1, kHeads, kHead}, at::kBFloat16);
  k_ = random({keys() + 1, kKvHeads, kHead}, at::kBFloat16);
  selected_attention(q_, k_, k_, random_rows(rows() + 1, keys() + 1));
  EXPECT_EQ(attention_plans_met(), plans);
}

INSTANTIATE_TEST_SUITE_P(CudaSizes, CudaSelectedAttention,
                         ::testing::Values(std::tuple(1, 1), std::tuple(1, 65), std::tuple(2, 2),
                                           std::tuple(9, 62), std::tuple(64, 64),
                                           std::tuple(65, 130), std::tuple(100, 1000),
                                           std::tuple(1027, 4097)));

TEST(CudaCausalAttention, TakesHeadSizesThatCudnnHasNoPlanForAndSaysSo) {
  if (!at::hasCUDA()) GTEST_SKIP() << "no CUDA device on this machine";
  constexpr int64_t kRows = 40, kOddHead = 4;
  const at::Tensor q = random({kRows, kHeads, kOddHead}, at::kBFloat16);
  const at::Tensor k = random({kRows, kKvHeads, kOddHead}, at::kBFloat16);
  const at::Tensor v = random({kRows, kKvHeads, kOddHead}, at::kBFloat16);
  const at::Tensor ranks = at::arange(kRows, at::TensorOptions(at::kLong).device(q.device()));
  const auto exact = [](const at::Tensor& x) { return x.to(at::kDouble); };
  SlowPaths slow_paths;
  expect_as_close_as(causal_attention(q, k, v), expression(q, k, v, ranks),
                     expression(exact(q), exact(k), exact(v), ranks));
  EXPECT_EQ(slow_paths.take(), "causal_attention: no kernel for BFloat16 rows of 4");
}

}  // namespace
}  // namespace skipbench::ops
