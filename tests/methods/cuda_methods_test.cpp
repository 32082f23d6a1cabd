#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <string>

#include "kernels/ops/device/slow_path.h"
#include "tests/methods/support/outcome.h"
#include "tests/methods/support/skipping_parameters.h"
#include "tests/methods/support/tiny_model.h"
#include "tests/support/to_device.h"

namespace skipbench::test {
namespace {

class CudaMethods : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!at::hasCUDA()) GTEST_SKIP() << "no CUDA device on this machine";
  }
};

// A prompt and some decoded tokens of the CPU's choice, on both devices in fp32: the same tokens
// kept, the same logits.
void expect_same_on_both(std::string_view name, const Json& params, const TinyShape& shape,
                         int64_t length, int64_t new_tokens) {
  SCOPED_TRACE(testing::Message() << name << " " << shape.name << " N " << length);
  const Model on_cpu = tiny_model(shape);
  const Model on_cuda = to_device(on_cpu, at::Device(at::kCUDA, 0), at::kFloat);
  Decoder cpu(on_cpu), cuda(on_cuda);
  const auto cpu_method = ready_method(name, params, cpu);
  const auto cuda_method = find_method(name).make(resolved(name, params), on_cuda.config);
  if (!cuda_method->artefact_key().is_null()) {  // both use what was learnt on the CPU
    cuda_method->use_artefact(cuda_method->calibrate(cpu, tiny_texts(), [](double) {}),
                              on_cuda.device(), at::kFloat);
  }
  const Prompt prompt = tiny_prompt(length);
  Sequence expected = cpu.prefill(prompt, *cpu_method, {.record_positions = true});
  Sequence actual = cuda.prefill(prompt, *cuda_method, {.record_positions = true});
  const auto to_cpu = [](const Sequence& sequence) {
    Outcome outcome = outcome_of(sequence);
    outcome.logits = outcome.logits.cpu();
    return outcome;
  };
  expect_same(to_cpu(actual), to_cpu(expected), 1e-3);
  for (int64_t i = 0; i < new_tokens; ++i) {
    const int32_t token = greedy_token(expected.logits);
    cpu.extend(expected, {&token, 1});
    cuda.extend(actual, {&token, 1});
    const at::Tensor error = (actual.logits.cpu() - expected.logits).abs().max();
    ASSERT_LT(error.item<double>(), 1e-3) << "token " << i;
  }
  EXPECT_EQ(actual.cache.lengths(), expected.cache.lengths());
  EXPECT_EQ(actual.cache.bytes_in_use(), expected.cache.bytes_in_use());
  EXPECT_EQ(actual.activity.revived_tokens, expected.activity.revived_tokens);
  EXPECT_EQ(actual.activity.recalled_rows, expected.activity.recalled_rows);
}

TEST_P(CudaMethods, KeepTheSameTokensAsOnTheCpuAndGiveTheSameLogits) {
  for (const TinyShape& shape : tiny_shapes()) {
    for (const int64_t length : {1, 2, 7, 64, 65}) {
      expect_same_on_both(GetParam(), skipping_parameters(GetParam()), shape, length, 4);
    }
  }
}

TEST_P(CudaMethods, WorkOnLongerPrompts) {
  const Model model = to_device(tiny_model(tiny_llama()), at::Device(at::kCUDA, 0), at::kBFloat16);
  Decoder decoder(model);
  const auto method = ready_method(GetParam(), skipping_parameters(GetParam()), decoder);
  Sequence sequence = decoder.prefill(tiny_prompt(1000), *method);
  decoder.extend(sequence, std::vector<int32_t>{3, 1, 4});
  EXPECT_TRUE(at::isfinite(sequence.logits).all().item<bool>());
}

// What a GPU is timed with: no method's prefill or decode step falls back to slower operations.
TEST_P(CudaMethods, RunTheKernelsMeantForThemInHalfPrecision) {
  for (const int64_t head_size : {64, 128}) {
    TinyShape shape = tiny_llama();
    shape.head_size = head_size;
    const Model model = to_device(tiny_model(shape), at::Device(at::kCUDA, 0), at::kBFloat16);
    Decoder decoder(model);
    const auto method = ready_method(GetParam(), skipping_parameters(GetParam()), decoder);
    ops::SlowPaths slow;
    Sequence sequence = decoder.prefill(tiny_prompt(1000), *method);
    EXPECT_EQ(slow.take(), "") << "prefill, heads of " << head_size;
    for (const int32_t token : {3, 1, 4}) decoder.extend(sequence, {&token, 1});
    EXPECT_EQ(slow.take(), "") << "decode steps, heads of " << head_size;
  }
}

class CudaSinglePrecision : public CudaMethods {};

TEST_F(CudaSinglePrecision, NamesWhatFallsBack) {
  const Model model = to_device(tiny_model(tiny_llama()), at::Device(at::kCUDA, 0), at::kFloat);
  Decoder decoder(model);
  const Everything full;
  ops::SlowPaths slow;
  Sequence sequence = decoder.prefill(tiny_prompt(100), full);
  EXPECT_EQ(slow.take(), "causal_attention: no kernel for Float rows of 8");
  const int32_t token = 3;
  decoder.extend(sequence, {&token, 1});
  EXPECT_EQ(slow.take(), "cached_attention: no kernel for Float rows of 8");
}

INSTANTIATE_TEST_SUITE_P(CudaRegistry, CudaMethods, testing::ValuesIn(method_names()),
                         [](const auto& test) { return test_name(test.param); });

class CudaSlimInfer : public CudaMethods {};

TEST_F(CudaSlimInfer, ExchangesBlocksOnASecondStreamByTheSameDecisions) {
  const Json params = Json::parse(R"({"prune_layers": [1, 3, 6], "keep": [0.7, 0.4, 12],
      "block": 4, "unit": 2, "kv_manager": true, "overlap": 0.8})");
  for (const TinyShape& shape : tiny_shapes()) {
    expect_same_on_both("sliminfer", params, shape, 67, 24);
  }
}

}  // namespace
}  // namespace skipbench::test
