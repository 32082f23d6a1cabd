#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/run/support/tiny_run.h"

namespace skipbench {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::SizeIs;

constexpr const char* kThen =
    "  - method: spts\n    params: {full_layers: 1, stage_ends: [1], budgets: [0.5], "
    "prune_step: 0.25, d_low: 8, rank: 4}\n"
    "    then: {method: snapkv, params: {window: 4, gqa: kv}}\n    sweep: {then.keep: [6, 0.5]}\n"
    "    label: both {then.keep}\n";

// Self-check, measurement, artefact and storage take a combination like any other method.
TEST(ThenRun, ACombinationIsMeasuredAndStoredUnderBothNames) {
  const TinyRun tiny;
  const std::string text = tiny_experiment(tiny) + kThen;
  const RunOutcome outcome = tiny.run(text);
  EXPECT_THAT(outcome.failures, SizeIs(0));
  EXPECT_THAT(tiny.query("SELECT DISTINCT label, method, json_extract(params, '$.then.keep'), "
                         "json_extract(params, '$.then.window'), json_extract(params, '$.rank'), "
                         "status FROM samples WHERE method LIKE '%+%' ORDER BY label"),
              ElementsAre("both 0.5|spts+snapkv|0.5|4|4|ok", "both 6|spts+snapkv|6|4|4|ok"));
  EXPECT_THAT(tiny.query("SELECT DISTINCT a.kv_share < b.kv_share FROM samples a JOIN samples b "
                         "USING (sample_id, task, subset) WHERE a.label = 'both 6' AND "
                         "b.label = 'spts ltp=true'"),
              Each("1"));
  EXPECT_EQ(tiny.run(text).measured, 0);
}

TEST(ThenRun, TheCombinationUsesTheArtefactThatItsMethodHasAlone) {
  const TinyRun tiny;
  const Plan plan = tiny.plan(tiny_experiment(tiny) + kThen);
  std::string alone, together;
  for (const PlannedMethod& each : plan.models[0].methods) {
    if (each.cell.label == "spts ltp=true") alone = each.artefact_hash;
    if (each.cell.label == "both 6") together = each.artefact_hash;
  }
  EXPECT_NE(alone, "");
  EXPECT_EQ(together, alone);
}

}  // namespace
}  // namespace skipbench
