#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "harness/measure/measure.h"
#include "harness/measure/profiled.h"
#include "tests/support/policy_of.h"
#include "tests/support/tiny_model.h"
#include "tests/support/to_device.h"

namespace skipbench {
namespace {

using ::testing::Contains;
using ::testing::Key;

const at::Device kGpu(at::kCUDA, 0);

// What asks to decide on FFNs in each step is not replayed.
struct Gating : RunOf<Gating> {};

test::PolicyOf<Gating> gating() {
  return test::PolicyOf(Gating(), {.steps = Steps::kFfn});
}

class CudaProfiled : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!at::hasCUDA()) GTEST_SKIP() << "no CUDA device on this machine";
    ModelConfig config = test::tiny_config(4);
    config.width = 256;  // wide enough for the kernels
    config.ffn_width = 512;
    config.head_size = 64;
    model_ = test::to_device(test::tiny_model(config), kGpu, at::kBFloat16);
    decoder_ = std::make_unique<Decoder>(model_);
    job_.prompt = test::tiny_prompt(config, 600);
    job_.rules.max_new_tokens = 4;
    job_.rules.ignore_eos = true;
  }

  Model model_;
  std::unique_ptr<Decoder> decoder_;
  Job job_;
};

TEST_F(CudaProfiled, AReplayedStepIsOneOperation) {
  const Everything full;
  for (const char* pass : {"that captures the graph", "that replays it"}) {
    const SampleProfile profile = profile_job(*decoder_, full, job_);
    EXPECT_EQ(profile.decode_steps, 3);
    ASSERT_THAT(profile.decode.operations, Contains(Key("graph"))) << pass;
    EXPECT_GT(profile.decode.operations.at("graph").back(), 0) << pass;
    for (const auto& [group, times] : profile.decode.operations) {
      EXPECT_TRUE(group == "graph" || group == "other") << group << " in a pass " << pass;
    }
    EXPECT_GT(profile.prefill.operations.at("gemm")[0], 0);
  }
}

TEST_F(CudaProfiled, AStepThatAMethodDecidesIsDividedByLayer) {
  const auto policy = gating();
  warm_up(*decoder_, policy, job_);
  const SampleProfile profile = profile_job(*decoder_, policy, job_);
  EXPECT_THAT(profile.decode.operations, Contains(Key("attention")));
  for (size_t layer = 0; layer < 4; ++layer) {
    EXPECT_GT(profile.decode.operations.at("gemm")[layer], 0);
  }
}

TEST_F(CudaProfiled, SaysWhyAMethodDecodesWithoutTheGraph) {
  const auto reason = [&](Decoder& decoder, const TokenPolicy& policy) {
    return decoder.eager_reason(decoder.prefill(job_.prompt, policy));
  };
  EXPECT_EQ(reason(*decoder_, Everything()), "");
  EXPECT_EQ(reason(*decoder_, gating()), "the method decides on FFNs in decode steps");
  const Model exact = test::to_device(model_, kGpu, at::kFloat);
  Decoder exact_decoder(exact);
  EXPECT_EQ(reason(exact_decoder, Everything()),
            "the graph's kernels do not serve this dtype or shape");
}

TEST_F(CudaProfiled, MeasuresTheDevicesTimeAndTheWeightsMemory) {
  const Everything full;
  warm_up(*decoder_, full, job_);
  const Measurement measured = measure(*decoder_, full, job_);
  EXPECT_GT(*measured.ttft_device_ms, 0);
  EXPECT_LT(*measured.ttft_device_ms, *measured.ttft_ms + 0.1);
  EXPECT_GT(*measured.weights_bytes, 0);
  EXPECT_LT(*measured.weights_bytes, *measured.peak_bytes);
}

}  // namespace
}  // namespace skipbench
