#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <memory>

#include "kernels/model/decoder.h"
#include "kernels/ops/device/slow_path.h"
#include "tests/kernels/model/support/ragged.h"
#include "tests/support/policy_of.h"
#include "tests/support/tiny_model.h"
#include "tests/support/to_device.h"

// Replayed steps beside eager ones, both held against the CPU in fp32.

namespace skipbench {
namespace {

using RaggedCaches = test::PolicyOf<test::Ragged>;
using test::tiny_model;
using test::tiny_prompt;
using test::to_device;

const at::Device kGpu(at::kCUDA, 0);

// Wide enough for the kernels.
ModelConfig config_of(int64_t group, int64_t head_size, bool bias, bool head_norms = false) {
  ModelConfig config = test::tiny_config(group, bias);
  config.width = 256;
  config.ffn_width = 512;
  config.head_size = head_size;
  config.head_norms = config.attention_out_bias = head_norms;
  return config;
}

// What asks to decide each step is not replayed; this one decides as the core would.
template <class Policy>
class Eager : public TokenPolicy {
 public:
  Needs needs() const override { return {.steps = Steps::kFfn}; }
  std::unique_ptr<Run> begin(const Prompt& prompt, const SequenceOptions& options) const override {
    return policy_.begin(prompt, options);
  }

 private:
  Policy policy_;
};

double distance(const at::Tensor& a, const at::Tensor& b) {
  return (a.cpu() - b.cpu()).abs().max().item<double>();
}

// By how much the largest logit leads.
double lead(const at::Tensor& logits) {
  const at::Tensor top = std::get<0>(logits.topk(2));
  return (top[0] - top[1]).item<double>();
}

// A model on both devices, its weights rounded to `dtype`, and its decoders.
struct Models {
  Models(const ModelConfig& config, at::ScalarType dtype)
      : gpu_model(to_device(tiny_model(config), kGpu, dtype)),
        cpu_model(to_device(gpu_model, at::kCPU, at::kFloat)) {}

  Model gpu_model, cpu_model;
  Decoder gpu{gpu_model}, cpu{cpu_model};
};

class CudaDecodeGraph : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!at::hasCUDA()) GTEST_SKIP() << "no CUDA device on this machine";
  }

  // Follows the reference's most probable tokens. The logits of replayed steps err at most twice as
  // much as those of eager ones, and where one token leads clearly it is the one chosen.
  template <class Policy>
  static void expect_equal_steps(Models& models, int64_t length, int steps) {
    const Policy policy;
    const Eager<Policy> eager_policy;
    const Prompt prompt = tiny_prompt(models.cpu_model.config, length);
    const PrefillOptions little_room{.reserve = 1};
    Sequence exact = models.cpu.prefill(prompt, policy, little_room);
    Sequence eager = models.gpu.prefill(prompt, eager_policy, little_room);
    Sequence graph = models.gpu.prefill(prompt, policy, little_room);
    double eager_error = 0, graph_error = 0;
    for (int i = 0; i < steps; ++i) {
      const int32_t token = greedy_token(exact);
      models.cpu.extend(exact, {&token, 1});
      models.gpu.extend(eager, {&token, 1});
      models.gpu.extend(graph, {&token, 1});
      eager_error = std::max(eager_error, distance(eager.logits, exact.logits));
      graph_error = std::max(graph_error, distance(graph.logits, exact.logits));
      EXPECT_EQ(greedy_token(graph), graph.logits.argmax().item<int64_t>());
      if (lead(exact.logits) > 2 * distance(graph.logits, exact.logits)) {
        EXPECT_EQ(greedy_token(graph), greedy_token(exact)) << "step " << i;
      }
    }
    EXPECT_LE(graph_error, 2 * eager_error) << length;
    EXPECT_EQ(graph.activity.decode_path(), "graph");
    EXPECT_EQ(eager.activity.decode_path(), "eager");
    EXPECT_EQ(graph.cache.lengths(), eager.cache.lengths());
    EXPECT_EQ(graph.decode_work.total(), eager.decode_work.total());
    EXPECT_EQ(graph.activity.decode_rows, eager.activity.decode_rows);
    EXPECT_EQ(graph.activity.decode_context, eager.activity.decode_context);
    EXPECT_EQ(graph.activity.decode_ffns, eager.activity.decode_ffns);
    EXPECT_EQ(graph.activity.decode_layers, eager.activity.decode_layers);
  }
};

TEST_F(CudaDecodeGraph, ReplayedStepsEqualEagerOnesInEveryShape) {
  for (const at::ScalarType dtype : {at::kBFloat16, at::kHalf}) {
    for (const ModelConfig& config :
         {config_of(1, 128, false), config_of(4, 64, false), config_of(7, 128, true),
          config_of(8, 64, true), config_of(2, 128, false, true)}) {
      Models models(config, dtype);
      for (const int64_t length : {1, 7, 64, 1000}) {
        expect_equal_steps<Everything>(models, length, 8);
      }
    }
  }
}

TEST_F(CudaDecodeGraph, OneGraphFollowsRaggedCachesToo) {
  Models models(config_of(4, 64, false), at::kBFloat16);
  for (const int64_t length : {7, 64, 1000}) {
    expect_equal_steps<RaggedCaches>(models, length, 8);
    expect_equal_steps<Everything>(models, length + 1, 8);
  }
}

TEST_F(CudaDecodeGraph, FollowsACacheThatMovesAsItGrows) {
  Models models(config_of(4, 64, true), at::kBFloat16);
  expect_equal_steps<Everything>(models, 250, 16);  // the room ends at 256
}

TEST_F(CudaDecodeGraph, ComputesTheSameAgainAfterGoingBackAndBesideAnotherSequence) {
  Models models(config_of(4, 128, false), at::kBFloat16);
  const Everything full;
  Sequence one = models.gpu.prefill(tiny_prompt(models.gpu_model.config, 300, 1), full);
  Sequence other = models.gpu.prefill(tiny_prompt(models.gpu_model.config, 90, 2), full);
  const Sequence::Mark mark = one.mark();
  std::vector<at::Tensor> first;
  for (const int32_t token : {5, 6, 7, 8}) {
    first.push_back(models.gpu.extend(one, {&token, 1}));
  }
  one.rewind(mark);
  EXPECT_EQ(one.activity.decode_path(), "");
  EXPECT_EQ(greedy_token(one), mark.logits.argmax().item<int64_t>());
  for (const int32_t token : {5, 6, 7, 8}) {
    const int32_t another = token + 20;
    models.gpu.extend(other, {&another, 1});
    models.gpu.extend(one, {&token, 1});
    EXPECT_TRUE(at::equal(one.logits, first[token - 5][0])) << token;
  }
}

TEST_F(CudaDecodeGraph, StepsThatCannotBeReplayedRunEagerlyAndSaySo) {
  const Everything full;
  const int32_t token = 3;
  const std::vector<int32_t> several = {4, 5, 6};
  Models in_fp32(config_of(4, 64, false), at::kFloat), narrow(test::tiny_config(), at::kBFloat16);
  for (Models* models : {&in_fp32, &narrow}) {  // no kernel for the dtype, for the head size
    Sequence sequence = models->gpu.prefill(tiny_prompt(models->gpu_model.config, 20), full);
    models->gpu.extend(sequence, {&token, 1});
    EXPECT_EQ(sequence.activity.decode_path(), "eager");
  }
  Models models(config_of(4, 64, false), at::kBFloat16);
  Sequence sequence = models.gpu.prefill(tiny_prompt(models.gpu_model.config, 20), full);
  models.gpu.extend(sequence, {&token, 1});
  models.gpu.extend(sequence, several);
  EXPECT_EQ(sequence.activity.decode_path(), "mixed");
  EXPECT_EQ(sequence.activity.graph_steps, 1);
  EXPECT_EQ(sequence.activity.decode_steps, 4);
  EXPECT_EQ(greedy_token(sequence), sequence.logits.argmax().item<int64_t>());
}

TEST_F(CudaDecodeGraph, TellsOfItsSlowPathsInEveryReplay) {
  Models models(config_of(4, 64, /*bias=*/false), at::kBFloat16);
  at::Tensor& output = models.gpu_model.weights.output;
  output = output.t().contiguous().t();  // strides that the kernel does not serve
  const Everything full;
  Sequence sequence = models.gpu.prefill(tiny_prompt(models.gpu_model.config, 40), full);
  for (const int32_t token : {3, 1, 4}) {
    ops::SlowPaths slow_paths;
    models.gpu.extend(sequence, {&token, 1});
    EXPECT_EQ(slow_paths.take(), "gemv: no kernel for BFloat16 rows of 256");
  }
  EXPECT_EQ(sequence.activity.graph_steps, 3);
}

}  // namespace
}  // namespace skipbench
