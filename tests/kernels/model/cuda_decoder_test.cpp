#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "kernels/model/decoder.h"
#include "kernels/model/layer_context.h"
#include "tests/support/policy_of.h"
#include "tests/support/tiny_model.h"
#include "tests/support/to_device.h"

namespace skipbench {
namespace {

using test::tiny_config;
using test::tiny_model;
using test::tiny_prompt;
using test::to_device;

// Skips a third of the tokens in every way that a run may.
struct SkippingRun : RunOf<SkippingRun> {
  static TokenRows odd_and_last(LayerContext& layer) {
    if (layer.layer() == 0 || layer.live() < 4) return TokenRows::all(layer.live());
    const auto options = at::TensorOptions(layer.device()).dtype(at::kLong);
    const at::Tensor first = at::arange(1, layer.live() - 1, 2, options);
    const at::Tensor last = at::full({1}, layer.live() - 1, options);
    return TokenRows::of(at::cat({first, last}), layer.live());
  }
  Reads reads(LayerContext& layer) override {
    const TokenRows rows = odd_and_last(layer);
    const bool sees_all = layer.layer() == 1;
    return {rows, sees_all ? TokenRows::all(layer.live()) : rows};
  }
  FfnRows ffn(LayerContext& layer) override { return {odd_and_last(layer)}; }
  TokenRows lives(LayerContext& layer, Point point) override {
    const bool drops = point == Point::kAfterLayer && layer.layer() == 2;
    return drops ? odd_and_last(layer) : TokenRows::all(layer.live());
  }
};
using SkipsSome = test::PolicyOf<SkippingRun>;

class CudaDecoder : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!at::hasCUDA()) GTEST_SKIP() << "no CUDA device on this machine";
  }
};

// Largest difference between the logits of the CPU in fp32 and of CUDA in `dtype`, over a prompt
// and three decoded tokens.
template <class Policy>
double largest_difference(at::ScalarType dtype, int64_t length, int64_t group) {
  const Model on_cpu = tiny_model(tiny_config(group, group == 4));
  const Model on_cuda = to_device(on_cpu, at::Device(at::kCUDA, 0), dtype);
  const Prompt prompt = tiny_prompt(on_cpu.config, length);
  double largest = 0;
  Decoder cpu(on_cpu), cuda(on_cuda);
  const Policy policy;
  Sequence expected = cpu.prefill(prompt, policy), actual = cuda.prefill(prompt, policy);
  const auto compare = [&] {
    largest = std::max(largest, (actual.logits.cpu() - expected.logits).abs().max().item<double>());
  };
  compare();
  for (const int32_t token : {3, 50, 100}) {
    cpu.extend(expected, {&token, 1});
    cuda.extend(actual, {&token, 1});
    compare();
  }
  return largest;
}

TEST_F(CudaDecoder, EqualsTheCpuInFp32ForFullAttention) {
  for (const int64_t length : {1, 2, 7, 64, 65, 1000}) {
    for (const int64_t group : {1, 3, 4, 8}) {
      EXPECT_LT(largest_difference<Everything>(at::kFloat, length, group), 1e-3) << length;
    }
  }
}

TEST_F(CudaDecoder, EqualsTheCpuInFp32WhenTokensAreSkipped) {
  for (const int64_t length : {1, 2, 7, 64, 65, 1000}) {
    for (const int64_t group : {1, 3, 4, 8}) {
      EXPECT_LT(largest_difference<SkipsSome>(at::kFloat, length, group), 1e-3) << length;
    }
  }
}

TEST_F(CudaDecoder, StaysNearTheCpuInBf16) {
  for (const int64_t length : {1, 7, 65, 1000}) {
    EXPECT_LT(largest_difference<Everything>(at::kBFloat16, length, 4), 0.5) << length;
    EXPECT_LT(largest_difference<SkipsSome>(at::kBFloat16, length, 4), 0.5) << length;
  }
}

}  // namespace
}  // namespace skipbench
