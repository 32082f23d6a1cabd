#include <tuple>

#include "kernels/ops/attention/attention.h"
#include "kernels/ops/attention/decode_attention.h"
#include "kernels/ops/products/gemv.h"
#include "kernels/ops/rows/argmax.h"
#include "tests/kernels/ops/support/cuda_check.h"

// What a decode step is made of: products of one row, attention over the cache, the arg-max.

namespace skipbench::ops {
namespace {

using test::expect_as_close_as;
using test::expect_equal;
using test::kNormEpsilon;
using test::on_cuda;
using test::Outputs;
using test::poison;
using test::random;

// In, out and dtype.
class CudaGemv : public test::CudaTestWith<std::tuple<int64_t, int64_t, at::ScalarType>> {
 protected:
  int64_t in() const { return std::get<0>(GetParam()); }
  int64_t out() const { return std::get<1>(GetParam()); }
  at::ScalarType dtype() const { return std::get<2>(GetParam()); }
  at::Tensor row() const { return random({1, in()}, dtype()); }
  // Drawn before the row: a product must not follow the launch that writes its weights.
  at::Tensor weights(int64_t rows) const { return random({rows, in()}, dtype()).mul_(0.05); }

  // Draws until there are outputs enough to compare the errors of.
  int64_t draws() const { return (test::Outputs::kEnough + out() - 1) / out(); }

  static at::Tensor wide(const at::Tensor& x) { return x.to(at::kDouble); }
  static at::Tensor normed(const at::Tensor& x, const at::Tensor& weight) {
    return at::rms_norm(x, weight.sizes(), weight, kNormEpsilon);
  }
};

TEST_P(CudaGemv, ErrsNoMoreThanLibTorch) {
  poison({1, out()}, on_cuda(dtype()));
  Outputs plain, biased;
  for (int64_t draw = 0; draw < draws(); ++draw) {
    const at::Tensor x = row(), w = weights(out()), bias = random({out()}, dtype());
    plain.add(gemv(x, w), at::linear(x, w), at::linear(wide(x), wide(w)));
    biased.add(gemv(x, w, bias), at::linear(x, w, bias), at::linear(wide(x), wide(w), wide(bias)));
  }
  plain.expect_as_close_as_libtorch();
  biased.expect_as_close_as_libtorch();
}

TEST_P(CudaGemv, NormalisesFirst) {
  poison({1, out()}, on_cuda(dtype()));
  Outputs outputs;
  for (int64_t draw = 0; draw < draws(); ++draw) {
    const at::Tensor x = row(), w = weights(out()), norm = random({in()}, dtype());
    outputs.add(gemv(x, w, {}, {norm, kNormEpsilon}), at::linear(normed(x, norm), w),
                at::linear(normed(wide(x), wide(norm)), wide(w)));
  }
  outputs.expect_as_close_as_libtorch();
}

TEST_P(CudaGemv, WritesFloatsWhereLogitsAreWanted) {
  Outputs outputs;
  for (int64_t draw = 0; draw < draws(); ++draw) {
    const at::Tensor w = weights(out()), x = row();
    const at::Tensor y = at::full({1, out()}, NAN, on_cuda(at::kFloat));
    gemv_out(y, x, w);
    outputs.add(y, at::linear(x, w).to(at::kFloat), at::linear(wide(x), wide(w)));
  }
  outputs.expect_as_close_as_libtorch();
}

TEST_P(CudaGemv, AddsToTheResidualStream) {
  Outputs outputs;
  for (int64_t draw = 0; draw < draws(); ++draw) {
    const at::Tensor w = weights(out()), x = row();
    const at::Tensor before = random({1, out()}, dtype()), after = before.clone();
    gemv_add_(after, x, w);
    outputs.add(after, before + at::linear(x, w), wide(before) + at::linear(wide(x), wide(w)));
  }
  outputs.expect_as_close_as_libtorch();
}

TEST_P(CudaGemv, MultipliesByGateAndUpAtOnce) {
  const auto expression = [&](const at::Tensor& input, const at::Tensor& weight) {
    const at::Tensor both = at::linear(input, weight);
    return at::silu(both.narrow(1, 0, out())) * both.narrow(1, out(), out());
  };
  for (const bool with_norm : {false, true}) {
    Outputs outputs;
    for (int64_t draw = 0; draw < draws(); ++draw) {
      const at::Tensor x = row(), w = weights(2 * out()), norm = random({in()}, dtype());
      const at::Tensor y = at::full({1, out()}, NAN, x.options());
      gemv_swiglu_out(y, x, w, with_norm ? NormPrologue{norm, kNormEpsilon} : NormPrologue{});
      outputs.add(y, expression(with_norm ? normed(x, norm) : x, w),
                  expression(with_norm ? normed(wide(x), wide(norm)) : wide(x), wide(w)));
    }
    outputs.expect_as_close_as_libtorch();
  }
}

TEST_P(CudaGemv, ReadsRowsOfAWiderMatrix) {
  Outputs outputs;
  for (int64_t draw = 0; draw < draws(); ++draw) {
    const at::Tensor w = random({out(), in() + 8}, dtype()).narrow(1, 8, in()), x = row();
    outputs.add(gemv(x, w), at::linear(x, w), at::linear(wide(x), wide(w)));
  }
  outputs.expect_as_close_as_libtorch();
}

// The fused K, Q, V product of one token, rotated and cached: KV heads, query heads, head size and
// dtype.
class CudaGemvKqv
    : public test::CudaTestWith<std::tuple<int64_t, int64_t, int64_t, at::ScalarType>> {
 protected:
  static constexpr int64_t kIn = 576, kRows = 7;  // rows in use of the cache
  int64_t kv_heads() const { return std::get<0>(GetParam()); }
  int64_t rotated() const { return kv_heads() + std::get<1>(GetParam()); }
  int64_t size() const { return std::get<2>(GetParam()); }
  at::ScalarType dtype() const { return std::get<3>(GetParam()); }

  // [heads, d] from x [1, in], in the dtype of x.
  at::Tensor heads(const at::Tensor& x, const at::Tensor& w, const at::Tensor& bias,
                   const at::Tensor& norm, const RopeTables& turn) const {
    const at::Tensor kqv = at::linear(at::rms_norm(x, norm.sizes(), norm, kNormEpsilon), w, bias)
                               .view({rotated() + kv_heads(), size()});
    const at::Tensor a = kqv.narrow(0, 0, rotated()).narrow(1, 0, size() / 2);
    const at::Tensor b = kqv.narrow(0, 0, rotated()).narrow(1, size() / 2, size() / 2);
    const at::Tensor c = turn.cosine.to(x.scalar_type()), s = turn.sine.to(x.scalar_type());
    return at::cat(
        {at::cat({a * c - b * s, b * c + a * s}, 1), kqv.narrow(0, rotated(), kv_heads())});
  }
};

TEST_P(CudaGemvKqv, RotatesAndFillsTheCacheBehindTheRowsInUse) {
  const int64_t out = (rotated() + kv_heads()) * size();
  const auto wide = [](const at::Tensor& x) { return x.to(at::kDouble); };
  Outputs outputs;
  for (const bool biased : {false, true}) {
    const at::Tensor x = random({1, kIn}, dtype()), norm = random({kIn}, dtype());
    const at::Tensor w = random({out, kIn}, dtype()).mul_(0.05);
    const at::Tensor bias = biased ? random({out}, dtype()) : at::Tensor();
    const at::Tensor angles = random({1, size() / 2}, at::kFloat);
    const RopeTables turn{angles.cos(), angles.sin()};
    const at::Tensor untouched = random({kv_heads(), kRows + 3, size()}, dtype());
    const at::Tensor keys = untouched.clone(), values = untouched.clone();
    const at::Tensor place = at::zeros({kCachePlaceWidth}, at::kLong);
    write_place(place.mutable_data_ptr<int64_t>(), keys, values, kRows);
    const at::Tensor kqv = at::full({1, out}, NAN, x.options());
    gemv_kqv_into_cache_out(kqv, x, w, bias, {norm, kNormEpsilon}, turn,
                            {place.to(x.device()), kv_heads()});

    const at::Tensor result = kqv.view({rotated() + kv_heads(), size()});
    outputs.add(result, heads(x, w, bias, norm, turn),
                heads(wide(x), wide(w), biased ? wide(bias) : bias, wide(norm), turn));
    expect_equal(keys.select(1, kRows), result.narrow(0, 0, kv_heads()));
    expect_equal(values.select(1, kRows), result.narrow(0, rotated(), kv_heads()));
    for (const at::Tensor& cache : {keys, values}) {
      expect_equal(cache.narrow(1, 0, kRows), untouched.narrow(1, 0, kRows));
      expect_equal(cache.narrow(1, kRows + 1, 2), untouched.narrow(1, kRows + 1, 2));
    }
  }
  outputs.expect_as_close_as_libtorch();
}

INSTANTIATE_TEST_SUITE_P(CudaShapes, CudaGemvKqv,
                         ::testing::Combine(::testing::Values(1, 3, 8), ::testing::Values(3, 9, 32),
                                            ::testing::Values(10, 64, 128),
                                            ::testing::ValuesIn(test::kDtypes)));

INSTANTIATE_TEST_SUITE_P(CudaSizes, CudaGemv,
                         ::testing::Combine(::testing::Values(8, 100, 576, 4095, 4096, 14336),
                                            ::testing::Values(1, 2, 7, 9, 1001, 4096),
                                            ::testing::ValuesIn(test::kDtypes)));

// Attention in double, query i over the first length - n + i + 1 rows.
at::Tensor exact_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                           int64_t length) {
  const int64_t rows = q.size(0), group = q.size(1) / k.size(0);
  const auto rows_of = [&](const at::Tensor& cache) {
    return cache.narrow(1, 0, length).to(at::kDouble).repeat_interleave(group, 0);  // [H, L, d]
  };
  const double scale = 1 / std::sqrt(static_cast<double>(q.size(2)));
  at::Tensor scores = q.to(at::kDouble).transpose(0, 1).matmul(rows_of(k).transpose(1, 2)) * scale;
  const at::Tensor hidden =
      at::ones({rows, length}, on_cuda(at::kBool)).triu(length - rows + 1);  // [n, L]
  scores.masked_fill_(hidden, -INFINITY);
  return scores.softmax(2).matmul(rows_of(v)).transpose(0, 1);
}

// What LibTorch computes in the dtype.
at::Tensor reference_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                               int64_t length) {
  const int64_t rows = q.size(0), group = q.size(1) / k.size(0);
  const auto rows_of = [&](const at::Tensor& cache) {
    return cache.narrow(1, 0, length).repeat_interleave(group, 0).unsqueeze(0);
  };
  const at::Tensor seen = at::ones({rows, length}, on_cuda(at::kBool)).tril(length - rows);
  return at::scaled_dot_product_attention(q.transpose(0, 1).unsqueeze(0), rows_of(k), rows_of(v),
                                          seen)
      .squeeze(0)
      .transpose(0, 1);
}

// Rows of the cache, query heads of a KV head, head size, new tokens and dtype.
class CudaDecodeAttention
    : public test::CudaTestWith<std::tuple<int64_t, int64_t, int64_t, int64_t, at::ScalarType>> {
 protected:
  static constexpr int64_t kKvHeads = 2;
  void SetUp() override {
    test::CudaTestWith<ParamType>::SetUp();
    if (IsSkipped()) return;
    const auto [length, group, head_size, rows, dtype] = GetParam();
    length_ = length + rows;
    // Queries in the middle of a fused product; what lies behind the cache's length is not a
    // number.
    q_ = random({rows, (group + 2) * kKvHeads, head_size}, dtype)
             .narrow(1, kKvHeads, group * kKvHeads);
    for (at::Tensor* cache : {&k_, &v_}) {
      *cache = at::full({kKvHeads, length_ + 300, head_size}, NAN, on_cuda(dtype));
      cache->narrow(1, 0, length_).copy_(random({kKvHeads, length_, head_size}, dtype));
    }
  }
  void expect_attention(const at::Tensor& result) const {
    expect_as_close_as(result, reference_attention(q_, k_, v_, length_),
                       exact_attention(q_, k_, v_, length_));
  }
  int64_t length_ = 0;
  at::Tensor q_, k_, v_;
};

TEST_P(CudaDecodeAttention, ErrsNoMoreThanLibTorch) {
  poison(q_.sizes(), q_.options());
  expect_attention(decode_attention(q_, k_, v_, length_));
  expect_attention(cached_attention(q_, k_.narrow(1, 0, length_), v_.narrow(1, 0, length_)));
}

TEST_P(CudaDecodeAttention, FindsTheCacheThroughAPlaceOnTheDevice) {
  const at::Tensor place = at::zeros({kCachePlaceWidth}, at::kLong);
  write_place(place.mutable_data_ptr<int64_t>(), k_, v_, length_ - q_.size(0));
  poison(q_.sizes(), q_.options());
  expect_attention(decode_attention(q_, {place.to(q_.device()), kKvHeads}, 4 * k_.size(1)));
}

INSTANTIATE_TEST_SUITE_P(CudaSizes, CudaDecodeAttention,
                         ::testing::Combine(::testing::Values(0, 1, 14, 15, 16, 63, 1000, 4097),
                                            ::testing::Values(1, 3, 4, 7, 8),
                                            ::testing::Values(64, 128), ::testing::Values(1, 2, 5),
                                            ::testing::Values(at::kHalf, at::kBFloat16)));
INSTANTIATE_TEST_SUITE_P(CudaLong, CudaDecodeAttention,
                         ::testing::Combine(::testing::Values(32768, 131071), ::testing::Values(4),
                                            ::testing::Values(128), ::testing::Values(1),
                                            ::testing::Values(at::kHalf, at::kBFloat16)));
// Without a kernel of ours: fp32, other head sizes, larger groups, more new tokens.
INSTANTIATE_TEST_SUITE_P(CudaOther, CudaDecodeAttention,
                         ::testing::Combine(::testing::Values(100), ::testing::Values(9),
                                            ::testing::Values(80), ::testing::Values(1, 20),
                                            ::testing::Values(at::kFloat, at::kBFloat16)));

class CudaArgmax : public test::CudaTestWith<std::tuple<int64_t, at::ScalarType>> {
 protected:
  int64_t width() const { return std::get<0>(GetParam()); }
  at::ScalarType dtype() const { return std::get<1>(GetParam()); }
};

TEST_P(CudaArgmax, IsTheFirstOfTheLargest) {
  for (int round = 0; round < 5; ++round) {
    // In 16 bits the largest of many numbers is there more than once.
    const at::Tensor logits = random({3, width()}, dtype());
    poison({3}, on_cuda(at::kLong));
    expect_equal(argmax_token(logits).cpu(), logits.cpu().to(at::kFloat).argmax(1));
    expect_equal(argmax_token(logits[1]).cpu(), logits[1].cpu().to(at::kFloat).argmax(0, true));
  }
}

TEST_P(CudaArgmax, GivesTiesToTheLowerId) {
  at::Tensor logits = at::full({width()}, -3.5, on_cuda(dtype()));
  EXPECT_EQ(argmax_token(logits).item<int64_t>(), 0);
  const int64_t at = width() / 2;
  logits.narrow(0, at, width() - at).fill_(-1);
  EXPECT_EQ(argmax_token(logits).item<int64_t>(), at);
  logits[width() - 1].fill_(NAN);
  EXPECT_EQ(argmax_token(logits).item<int64_t>(), width() - 1);
}

INSTANTIATE_TEST_SUITE_P(CudaSizes, CudaArgmax,
                         ::testing::Combine(::testing::Values(1, 2, 7, 1000, 49152, 128256, 151937),
                                            ::testing::ValuesIn(test::kDtypes)));

}  // namespace
}  // namespace skipbench::ops
