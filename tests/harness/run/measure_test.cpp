#include "harness/run/measure.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "kernels/model/layer_hooks.h"
#include "tests/support/tiny_model.h"

namespace skipbench {
namespace {

// Full attention that counts the decode steps it is told of.
class StepCounter : public LayerHooks {
 public:
  bool gates_decode() const override { return true; }
  void begin_step(int64_t) override { ++steps; }

  int64_t steps = 0;
};

Job short_job() {
  Job job;
  job.prompt.tokens = {3, 1, 4, 1, 5, 9};
  job.prompt.content_end = job.prompt.length();
  job.rules.max_new_tokens = 5;
  job.rules.ignore_eos = true;
  return job;
}

TEST(Measure, WarmsUpWithEveryDecodeStepOfTheJob) {
  const Model model = test::tiny_model(test::tiny_config());
  Decoder decoder(model);
  StepCounter hooks;
  warm_up(decoder, hooks, short_job());
  EXPECT_EQ(hooks.steps, 4) << "the first of 5 tokens comes from the prefill";
  hooks.steps = 0;
  EXPECT_EQ(measure(decoder, hooks, short_job()).new_tokens.size(), 5u);
  EXPECT_EQ(hooks.steps, 4);
}

TEST(Measure, EndsTheWarmUpWhereTheJobEnds) {
  const Model model = test::tiny_model(test::tiny_config());
  Decoder decoder(model);
  StepCounter hooks;
  Job job = short_job();
  job.rules.ignore_eos = false;
  job.rules.end_tokens = {measure(decoder, hooks, job).new_tokens[0]};
  hooks.steps = 0;
  warm_up(decoder, hooks, job);
  EXPECT_EQ(hooks.steps, 0);
}

TEST(Measure, BeginsTheReplyWithTheMostProbableTokenThatIsAllowed) {
  const Model model = test::tiny_model(test::tiny_config());
  Decoder decoder(model);
  StepCounter hooks;
  Job job = short_job();
  const Measurement free = measure(decoder, hooks, job);
  const int32_t best = free.new_tokens[0];
  job.rules.not_first = {best};
  at::Tensor others = free.first_logits.clone();
  others[best] = -1e30;
  const Measurement bound = measure(decoder, hooks, job);
  EXPECT_EQ(bound.new_tokens[0], greedy_token(others));
  EXPECT_TRUE(at::equal(bound.first_logits, free.first_logits)) << "fidelity sees the model's own";
}

}  // namespace
}  // namespace skipbench
