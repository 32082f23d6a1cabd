#include "harness/workers/plan_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/base/error.h"
#include "tests/harness/run/support/tiny_run.h"

namespace skipbench {
namespace {

using testing::HasSubstr;

// As it arrives in another process.
Json sent(const Plan& plan) {
  return Json::parse(plan_message(plan).dump());
}

TEST(PlanMessage, MakesTheSamePlan) {
  const TinyRun tiny;
  const Plan plan =
      tiny.plan(tiny_experiment(tiny) +
                    "calibration: {count: 7, tokens: 33}\nseed: 5\n"
                    "timing: {warmup: 2, repeats: 3}\n",
                {.device = "cpu", .limit = 2, .only = {"spts*"}, .exclude = {"*true"}});
  const Plan copy = plan_of_message(sent(plan));
  EXPECT_EQ(resolved_config(copy), resolved_config(plan));
  EXPECT_EQ(copy.rows(), plan.rows());
  EXPECT_EQ(copy.tasks[0].rounds, 3);
  EXPECT_EQ(copy.models[0].methods[1].method_hash, plan.models[0].methods[1].method_hash);
}

TEST(PlanMessage, KeepsToTheTasksThatWereAskedFor) {
  const TinyRun tiny;
  const Plan plan = tiny.plan(tiny_experiment(tiny), {.tasks = {"speed"}});
  ASSERT_EQ(plan.tasks.size(), 1u);
  const Plan copy = plan_of_message(sent(plan));
  EXPECT_EQ(resolved_config(copy), resolved_config(plan));
  EXPECT_EQ(copy.rows(), plan.rows());
}

TEST(PlanMessage, KeepsTokenCountsAndSharesApart) {
  const TinyRun tiny;
  const Plan plan = tiny.plan(tiny_experiment(tiny) +
                              "  - {method: streamingllm, params: {keep: 1.0}, label: share}\n"
                              "  - {method: streamingllm, params: {keep: 8}, label: count}\n");
  EXPECT_EQ(resolved_config(plan_of_message(sent(plan))), resolved_config(plan));
}

TEST(PlanMessage, RefusesAPlanThatIsAnotherOneByNow) {
  const TinyRun tiny;
  const Json message = sent(tiny.plan(tiny_experiment(tiny)));
  tiny.write_broken_model();
  EXPECT_THAT([&] { plan_of_message(message); },
              testing::ThrowsMessage<InputError>(HasSubstr("was changed while workers")));
}

}  // namespace
}  // namespace skipbench
