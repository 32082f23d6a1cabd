#include "kernels/ops/attention/attention_probe.h"
#include "kernels/ops/attention/decode_attention.h"
#include "kernels/ops/products/gemv.h"
#include "kernels/ops/rows/rope.h"
#include "kernels/ops/rows/top_k.h"
#include "tests/kernels/ops/support/cuda_check.h"

// Kernels that begin while the one before still runs must wait for what it writes.

namespace skipbench::ops {
namespace {

using test::expect_equal;
using test::on_cuda;
using test::random;

// A decoder layer of LLaMA-3.1-8B's shape: kernels long enough for launches to queue up.
class CudaChain : public test::CudaTest {
 protected:
  static constexpr int64_t kWidth = 4096, kFfn = 14336, kHeads = 32, kKvHeads = 8, kSize = 128;
  static constexpr int64_t kRows = 3000, kLayers = 4;

  static at::Tensor weights(int64_t out, int64_t in) {
    return random({out, in}, at::kBFloat16).mul_(0.02);
  }

  // The hidden state after some layers; waits for the device after each launch, or never.
  at::Tensor decoded(bool waits) const {
    const auto launched = [&](const at::Tensor& written) {
      if (waits) written.to(at::kFloat).sum().item<float>();
    };
    const at::Tensor hidden = hidden_.clone(), ffn = at::full({1, kFfn}, NAN, hidden.options());
    for (int64_t layer = 0; layer < kLayers; ++layer) {
      const at::Tensor kqv = gemv(hidden, kqv_, {}, {norm_, 1e-5});
      launched(kqv);
      const at::Tensor heads = kqv.view({1, kHeads + 2 * kKvHeads, kSize});
      rope_kqv_into_cache_(heads, positions_, tables_,
                           {.keys = keys_, .values = values_, .first = kRows - 1});
      launched(keys_);
      const at::Tensor attended =
          decode_attention(heads.narrow(1, kKvHeads, kHeads), keys_, values_, kRows);
      launched(attended);
      gemv_add_(hidden, attended.view({1, kWidth}), out_);
      launched(hidden);
      gemv_swiglu_out(ffn, hidden, gate_up_, {norm_, 1e-5});
      launched(ffn);
      gemv_add_(hidden, ffn, down_);
      launched(hidden);
    }
    return hidden;
  }

  void SetUp() override {
    test::CudaTest::SetUp();
    if (IsSkipped()) return;
    hidden_ = random({1, kWidth}, at::kBFloat16);
    norm_ = random({kWidth}, at::kBFloat16);
    kqv_ = weights((kHeads + 2 * kKvHeads) * kSize, kWidth);
    out_ = weights(kWidth, kWidth);
    gate_up_ = weights(2 * kFfn, kWidth);
    down_ = weights(kWidth, kFfn);
    keys_ = random({kKvHeads, kRows, kSize}, at::kBFloat16);
    values_ = random({kKvHeads, kRows, kSize}, at::kBFloat16);
    positions_ = at::full({1}, kRows - 1, on_cuda(at::kLong));
    const at::Tensor angles = random({kRows, kSize / 2}, at::kFloat);
    tables_ = {angles.cos(), angles.sin()};
  }

  at::Tensor hidden_, norm_, kqv_, out_, gate_up_, down_, keys_, values_, positions_;
  RopeTables tables_;
};

TEST_F(CudaChain, WaitsForTheKernelBefore) {
  const at::Tensor expected = decoded(/*waits=*/true);
  ASSERT_TRUE(expected.isfinite().all().item<bool>());
  for (int run = 0; run < 20; ++run) expect_equal(decoded(/*waits=*/false), expected);
}

TEST_F(CudaChain, SelectsByKeysThatTheKernelBeforeWrote) {
  const at::Tensor queries = random({40, kHeads, kSize}, at::kBFloat16);
  const at::Tensor keys = random({kRows, kKvHeads, kSize}, at::kBFloat16);
  const at::Tensor positions = at::arange(kRows, on_cuda(at::kLong));
  for (const int64_t window : {1, 40}) {  // kept scores, and scores computed twice
    const auto ranks = [&](bool waits) {
      const auto wait = [&](const at::Tensor& written) {
        if (waits) written.to(at::kFloat).sum().item<float>();
      };
      const at::Tensor rotated = keys.clone();
      rope_at_(rotated, positions, tables_);
      wait(rotated);
      const at::Tensor scores = attention_probe(queries.narrow(0, 0, window), rotated);
      wait(scores);
      return top_k_rows(scores, kRows / 4);
    };
    const at::Tensor expected = ranks(/*waits=*/true);
    for (int run = 0; run < 20; ++run) expect_equal(ranks(/*waits=*/false), expected);
  }
}

}  // namespace
}  // namespace skipbench::ops
