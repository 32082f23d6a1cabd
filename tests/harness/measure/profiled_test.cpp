#include "harness/measure/profiled.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/model/layer_context.h"
#include "tests/support/policy_of.h"
#include "tests/support/tiny_model.h"

namespace skipbench {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::Ge;
using ::testing::Key;
using ::testing::Not;
using ::testing::SizeIs;

Job job_of(int64_t new_tokens) {
  Job job;
  job.prompt.tokens = {3, 1, 4, 1, 5, 9, 2, 6};
  job.prompt.content_end = job.prompt.length();
  job.rules.max_new_tokens = new_tokens;
  job.rules.ignore_eos = true;
  return job;
}

// Every second token runs the FFN.
struct EverySecond : RunOf<EverySecond> {
  FfnRows ffn(LayerContext& layer) override {
    return {TokenRows::of(at::arange(1, layer.live(), 2, at::kLong), layer.live())};
  }
};

double sum(const PhaseProfile& phase) {
  double ms = 0;
  for (const auto& [group, times] : phase.operations) {
    for (const double time : times) ms += time;
  }
  return ms;
}

TEST(Profiled, TellsPrefillFromDecodeSteps) {
  const Model model = test::tiny_model(test::tiny_config());
  Decoder decoder(model);
  const Everything full;
  const SampleProfile profile = profile_job(decoder, full, job_of(4));
  EXPECT_EQ(profile.decode_steps, 3) << "the prefill gave the first of 4 tokens";
  for (const PhaseProfile& phase : {profile.prefill, profile.decode}) {
    EXPECT_GT(sum(phase), 0);
    EXPECT_LE(sum(phase), phase.total_ms);
    ASSERT_THAT(phase.operations, Contains(Key("gemm")));
    ASSERT_THAT(phase.operations, Contains(Key("attention")));
    for (const auto& [group, times] : phase.operations) {
      ASSERT_THAT(times, SizeIs(5)) << "4 layers, and what is outside them";
      EXPECT_THAT(times, Each(Ge(0)));
    }
    for (size_t layer = 0; layer < 4; ++layer) {
      EXPECT_GT(phase.operations.at("gemm")[layer], 0);
      EXPECT_GT(phase.operations.at("attention")[layer], 0);
    }
    EXPECT_GT(phase.operations.at("gemm")[4], 0) << "the logits";
    EXPECT_EQ(phase.operations.at("attention")[4], 0);
  }
}

TEST(Profiled, HasNoDecodeWhereThePrefillGaveTheReply) {
  const Model model = test::tiny_model(test::tiny_config());
  Decoder decoder(model);
  const Everything full;
  const SampleProfile profile = profile_job(decoder, full, job_of(1));
  EXPECT_EQ(profile.decode_steps, 0);
  EXPECT_EQ(profile.decode.total_ms, 0);
  EXPECT_THAT(profile.decode.operations, SizeIs(0));
}

TEST(Profiled, ShowsTheGatherOfAMethodThatSkips) {
  const Model model = test::tiny_model(test::tiny_config());
  Decoder decoder(model);
  const Everything full;
  const test::PolicyOf<EverySecond> second;
  EXPECT_THAT(profile_job(decoder, full, job_of(2)).prefill.operations,
              Not(Contains(Key("gather"))));
  EXPECT_THAT(profile_job(decoder, second, job_of(2)).prefill.operations, Contains(Key("gather")));
}

}  // namespace
}  // namespace skipbench
