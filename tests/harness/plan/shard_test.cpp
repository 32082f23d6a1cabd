#include "harness/plan/shard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>

#include "harness/plan/describe_plan.h"
#include "harness/store/merge/merge.h"
#include "kernels/base/error.h"
#include "tests/harness/run/support/tiny_run.h"

namespace skipbench {
namespace {

using testing::HasSubstr;

TEST(Shard, ReadsIOfN) {
  EXPECT_EQ(parse_shard("2/3"), (Shard{2, 3}));
  EXPECT_TRUE(parse_shard("1/1").is_all());
  for (const char* wrong :
       {"", "3", "0/3", "4/3", "1/0", "1/3x", "a/3", "1/", "/3", "-1/3", "1/1e9"}) {
    EXPECT_THROW(parse_shard(wrong), InputError) << wrong;
  }
}

TEST(Shard, OfWhichEverySampleHasOne) {
  for (const int64_t samples : {0, 1, 2, 7, 50}) {
    for (const int64_t count : {1, 2, 3, 8}) {
      int64_t all = 0;
      for (int64_t index = 1; index <= count; ++index) {
        const Shard shard{index, count};
        int64_t has = 0;
        for (int64_t sample = 0; sample < samples; ++sample) has += shard.has(sample) ? 1 : 0;
        EXPECT_EQ(shard.share_of(samples), has) << samples << " " << index << "/" << count;
        all += has;
      }
      EXPECT_EQ(all, samples);
    }
  }
}

TEST(Shard, RowsMergedAreThoseOfOneRun) {
  const TinyRun whole;
  const RunOutcome all = whole.run(tiny_experiment(whole));
  const TinyRun tiny;
  std::array<std::filesystem::path, 2> databases;
  int64_t measured = 0;
  for (int64_t index = 1; index <= 2; ++index) {
    const PlanOptions options{.shard = {index, 2}};
    const Plan plan = tiny.plan(tiny_experiment(tiny), options);
    EXPECT_THAT(describe_plan(plan), HasSubstr(index == 1 ? "of shard 1 of 2" : "of shard 2 of 2"));
    const RunOutcome outcome = tiny.run(plan);
    EXPECT_EQ(outcome.measured, plan.rows());
    measured += outcome.measured;
    databases[index - 1] = tiny.folder() / (index == 1 ? "first.db" : "second.db");
    std::filesystem::rename(tiny.database(), databases[index - 1]);
  }
  EXPECT_EQ(measured, all.measured);
  merge_databases(tiny.database(), databases);
  EXPECT_EQ(tiny.samples(), whole.samples());
  EXPECT_EQ(
      tiny.query("SELECT label, task, metric, n, expected_n FROM cell_details ORDER BY 1, 2, 3"),
      whole.query("SELECT label, task, metric, n, expected_n FROM cell_details ORDER BY 1, 2, 3"));
  EXPECT_EQ(tiny.run(tiny_experiment(tiny)).measured, 0) << "nothing is missing";
}

TEST(Shard, RefusesSearchesWhoseChoiceWouldDiffer) {
  const TinyRun tiny;
  const std::string experiment = tiny_experiment(tiny) +
                                 "  - method: snapkv\n    params: {keep: 0.5, window: 2}\n"
                                 "    search: {target: answer_nll_increase <= 1, over: keep}\n";
  const auto plan = [&] { tiny.plan(experiment, {.shard = {1, 2}}); };
  try {
    plan();
    FAIL() << "was accepted";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("each shard would choose a setting of 'snapkv' for itself"));
  }
}

}  // namespace
}  // namespace skipbench
