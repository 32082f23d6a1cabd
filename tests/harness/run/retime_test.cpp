#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>

#include "harness/plan/describe_plan.h"
#include "harness/plan/late_labels.h"
#include "harness/run/run_experiment.h"
#include "harness/store/database.h"
#include "harness/store/round_blocks.h"
#include "tests/harness/run/support/tiny_run.h"

namespace skipbench {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kRandom = R"(  - method: ffn_control
    params: {criterion: random, full_layers: 0, stage_ends: [1], budgets: [0.5]}
    label: random
)";
constexpr const char* kNorm = R"(  - method: ffn_control
    params: {criterion: hnorm, full_layers: 0, stage_ends: [1], budgets: [0.5]}
    label: norm
)";

// 3 + 2 samples, the latter in two rounds: 7 rows a label.
std::string experiment(const TinyRun& tiny, const std::string& added = "") {
  return fmt::format(R"(experiment: tiny
model: {{checkpoint: "{}", device: cpu}}
tasks:
  - {{task: jsonl, file: "{}/rows.jsonl", max_new_tokens: 3, chat: false}}
  - {{task: speed, lengths: [48], new_tokens: 3, samples: 2, repeats: 2}}
methods:
  - method: full
  - method: spts
    params: {{full_layers: 1, stage_ends: [1], budgets: [0.5], prune_step: 0.25, ltp: false}}
    label: SPTS
{})",
                     tiny.model(), tiny.folder().string(), added);
}

constexpr bool kRetime = true;

class Retime : public testing::Test {
 protected:
  static ExperimentOutcome run(const TinyRun& tiny, Plan plan, bool retime = false,
                               const std::function<int()>& pending_signal = {}) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> messages(
        std::fopen((tiny.folder() / "messages").c_str(), "w"), std::fclose);
    RunOptions options{.database = tiny.database(), .command = "test", .messages = messages.get()};
    options.retime = retime;
    if (pending_signal) options.pending_signal = pending_signal;
    return run_experiment(plan, options);
  }
  static ExperimentOutcome run(const TinyRun& tiny, const std::string& added = "",
                               bool retime = false) {
    return run(tiny, tiny.plan(experiment(tiny, added)), retime);
  }
  static std::string messages(const TinyRun& tiny) {
    std::ifstream stream(tiny.folder() / "messages");
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  static std::vector<std::string> pairs(const TinyRun& tiny, const std::string& label) {
    return tiny.query(
        fmt::format("SELECT DISTINCT task, coalesce(pairs, 0) FROM cell_details WHERE label = '{}' "
                    "AND in_plan ORDER BY task",
                    label));
  }
  static std::vector<std::string> times(const TinyRun& tiny, const std::string& label) {
    return tiny.query(
        fmt::format("SELECT task, metric, n, expected_n, rounds, score, ttft_ms_median, pairs, "
                    "speedup_ttft, speedup_ttft_low, speedup_ttft_high, speedup_e2e, "
                    "kl_first_token_mean FROM cell_details WHERE label = '{}' AND in_plan",
                    label));
  }
  // A plan whose label of this number has other code.
  static Plan edited(const TinyRun& tiny, size_t method, const std::string& code) {
    Plan plan = tiny.plan(experiment(tiny, kRandom));
    plan.models[0].methods[method].code = code;
    return plan;
  }

  TinyRun tiny_;
};

TEST_F(Retime, ALabelAddedLaterHasNoSpeedupAndTheRunSaysSoTwice) {
  run(tiny_);
  EXPECT_THAT(messages(tiny_), Not(HasSubstr("--retime")));
  run(tiny_, kRandom);
  EXPECT_THAT(pairs(tiny_, "random"), ElementsAre("jsonl|0", "speed|0"));
  const std::string line =
      "'random' on tiny was added or changed after the baseline was timed: 7 of its rows have no "
      "speed-up; --retime measures the baseline beside it again\n";
  const std::string said = messages(tiny_);
  EXPECT_TRUE(said.starts_with(line)) << said;
  EXPECT_TRUE(said.ends_with(line)) << said;
  EXPECT_NE(said.find(line), said.rfind(line));
}

TEST_F(Retime, GivesItPairsWhetherItWasMeasuredBeforeOrNot) {
  for (const bool measured_before : {false, true}) {
    const TinyRun tiny;
    run(tiny);
    const auto others = times(tiny, "SPTS");
    const auto scores = tiny.query(
        "SELECT score, n, kl_first_token_mean FROM cell_details "
        "WHERE label = 'full' AND task = 'jsonl'");
    if (measured_before) run(tiny, kRandom);
    EXPECT_EQ(run(tiny, kRandom, kRetime).run.measured, 2 * 7);
    EXPECT_THAT(pairs(tiny, "random"), ElementsAre("jsonl|3", "speed|4"));
    EXPECT_EQ(times(tiny, "SPTS"), others) << "bit for bit";
    EXPECT_EQ(tiny.query("SELECT score, n, kl_first_token_mean FROM cell_details "
                         "WHERE label = 'full' AND task = 'jsonl'"),
              scores);
    EXPECT_THAT(
        tiny.query("SELECT DISTINCT n = expected_n, rounds FROM cell_details WHERE in_plan AND "
                   "task = 'speed' ORDER BY rounds"),
        ElementsAre("1|2", "1|4"));
    // What is measured once more is not measured a third time.
    for (const bool again : {kRetime, false}) {
      EXPECT_EQ(run(tiny, kRandom, again).run.measured, 0);
      EXPECT_THAT(messages(tiny), Not(HasSubstr("--retime")));
      EXPECT_THAT(pairs(tiny, "random"), ElementsAre("jsonl|3", "speed|4"));
      EXPECT_EQ(times(tiny, "SPTS"), others);
    }
  }
}

TEST_F(Retime, TheBaselinesOwnFiguresAreMediansOverItsRounds) {
  run(tiny_);
  run(tiny_, kRandom, kRetime);
  EXPECT_THAT(tiny_.query("SELECT DISTINCT count(*) FROM samples WHERE label = 'full' AND "
                          "task = 'speed' GROUP BY sample_id"),
              ElementsAre("4"));
  const auto times = tiny_.query(
      "SELECT ttft_ms FROM samples WHERE label = 'full' AND task = 'speed' ORDER BY ttft_ms");
  ASSERT_EQ(times.size(), 8u);
  const double median = (std::stod(times[3]) + std::stod(times[4])) / 2;
  const std::string stored = tiny_.query(
      "SELECT ttft_ms_median FROM cell_details WHERE label = 'full' AND task = 'speed'")[0];
  EXPECT_NEAR(std::stod(stored), median, 1e-9 * median);
}

TEST_F(Retime, LosesAndDoublesNoRowWhenItIsInterruptedAnywhere) {
  run(tiny_);
  run(tiny_, kRandom, kRetime);
  int all = 0;
  {
    const TinyRun counted;
    run(counted);
    run(counted, counted.plan(experiment(counted, kRandom)), kRetime, [&] { return ++all, 0; });
  }
  for (int place = 1; place < all; place += all / 9) {
    const TinyRun tiny;
    run(tiny);
    int asked = 0;
    const ExperimentOutcome stopped = run(tiny, tiny.plan(experiment(tiny, kRandom)), kRetime,
                                          [&] { return ++asked > place ? SIGINT : 0; });
    ASSERT_EQ(stopped.run.signal, SIGINT) << place;
    const bool claimed = !claimed_round_blocks(tiny.database(), "tiny", "tiny").empty();
    // Once the label has its place, --retime is not needed any more.
    const ExperimentOutcome rest = run(tiny, kRandom, claimed ? place % 2 == 0 : kRetime);
    EXPECT_EQ(stopped.run.measured + rest.run.measured, 2 * 7) << place;
    EXPECT_EQ(tiny.samples(), tiny_.samples()) << "interrupted at " << place;
    EXPECT_THAT(pairs(tiny, "random"), ElementsAre("jsonl|3", "speed|4")) << place;
  }
}

TEST_F(Retime, ALabelEditedAgainIsTimedAgainInRoundsOfItsOwn) {
  run(tiny_);
  run(tiny_, kRandom, kRetime);
  const auto others = times(tiny_, "SPTS");
  run(tiny_, edited(tiny_, 2, "edited"));
  EXPECT_THAT(messages(tiny_), HasSubstr("7 of its rows have no speed-up"));
  EXPECT_THAT(pairs(tiny_, "random"), ElementsAre("jsonl|0", "speed|0"));
  EXPECT_EQ(run(tiny_, edited(tiny_, 2, "edited"), kRetime).run.measured, 2 * 7);
  EXPECT_THAT(pairs(tiny_, "random"), ElementsAre("jsonl|3", "speed|4"));
  EXPECT_EQ(claimed_round_blocks(tiny_.database(), "tiny", "tiny").at("random"), 2);
  EXPECT_EQ(times(tiny_, "SPTS"), others);
  // The rounds beside the version that is no more do not count.
  EXPECT_THAT(
      tiny_.query("SELECT DISTINCT rounds FROM cell_details WHERE label = 'full' ORDER BY rounds"),
      ElementsAre("2", "4"));
  EXPECT_EQ(run(tiny_, edited(tiny_, 2, "edited"), kRetime).run.measured, 0);
}

TEST_F(Retime, TwoLateLabelsShareTheBaselinesRounds) {
  run(tiny_);
  EXPECT_EQ(run(tiny_, std::string(kRandom) + kNorm, kRetime).run.measured, 3 * 7);
  for (const char* label : {"random", "norm"}) {
    EXPECT_THAT(pairs(tiny_, label), ElementsAre("jsonl|3", "speed|4")) << label;
  }
  // One of them alone moves on when it is edited.
  Plan plan = tiny_.plan(experiment(tiny_, std::string(kRandom) + kNorm));
  plan.models[0].methods[3].method_hash = "other parameters";
  const auto before = times(tiny_, "random");
  EXPECT_EQ(run(tiny_, plan, kRetime).run.measured, 2 * 7);
  EXPECT_EQ(times(tiny_, "random"), before);
  EXPECT_THAT(pairs(tiny_, "norm"), ElementsAre("jsonl|3", "speed|4"));
}

TEST_F(Retime, MoreRoundsLaterMeetNoOthers) {
  run(tiny_);
  run(tiny_, kRandom, kRetime);
  const auto three_rounds = [this] {
    return tiny_.plan(replaced(experiment(tiny_, kRandom), "repeats: 2", "repeats: 3"));
  };
  EXPECT_EQ(run(tiny_, three_rounds()).run.measured, 2 * 4) << "a round of 2 samples";
  EXPECT_THAT(pairs(tiny_, "random"), ElementsAre("jsonl|3", "speed|6"));
  EXPECT_THAT(pairs(tiny_, "SPTS"), ElementsAre("jsonl|3", "speed|6"));
  EXPECT_EQ(run(tiny_, three_rounds()).run.measured, 0);
}

TEST_F(Retime, ABaselineThatWasEditedIsTimedBesideAllOthersAgain) {
  run(tiny_, kRandom);
  run(tiny_, edited(tiny_, 0, "edited"));
  EXPECT_THAT(messages(tiny_),
              HasSubstr("the baseline was changed after 'SPTS' on tiny was timed"));
  EXPECT_THAT(pairs(tiny_, "SPTS"), ElementsAre("jsonl|0", "speed|0"));
  EXPECT_EQ(run(tiny_, edited(tiny_, 0, "edited"), kRetime).run.measured, 3 * 7);
  EXPECT_THAT(pairs(tiny_, "SPTS"), ElementsAre("jsonl|3", "speed|4"));
  EXPECT_THAT(pairs(tiny_, "random"), ElementsAre("jsonl|3", "speed|4"));
}

TEST_F(Retime, ARunOfOtherLabelsOrTasksLeavesItsFigures) {
  run(tiny_);
  run(tiny_, kRandom, kRetime);
  const auto before = times(tiny_, "random");
  for (const bool retime : {false, true}) {
    PlanOptions labels, tasks;
    labels.only = {"SPTS"};
    tasks.tasks = {"speed"};
    run(tiny_, tiny_.plan(experiment(tiny_, kRandom), labels), retime);
    EXPECT_EQ(times(tiny_, "random"), before);
    run(tiny_, tiny_.plan(experiment(tiny_, kRandom), tasks), retime);
    EXPECT_EQ(times(tiny_, "random"), before);
  }
}

TEST_F(Retime, WorksBesideASearchWhoseSettingsAreTimedAgainToo) {
  const std::string search = std::string(kRandom) + R"(  - method: spts
    params: {full_layers: 1, stage_ends: [1], budgets: [0.5], prune_step: 0, ltp: false}
    search: {target: kl <= 100, over: budgets, steps: 3}
    label: found
)";
  const int64_t settings = (run(tiny_, search).run.measured - 3 * 7) / (2 * 7);
  ASSERT_GE(settings, 2);
  const auto least = [this] { return pairs(tiny_, "found budgets x 0.1"); };
  EXPECT_THAT(least(), ElementsAre("jsonl|3", "speed|4"));
  EXPECT_EQ(run(tiny_, search + kNorm, kRetime).run.measured, 2 * 7);
  EXPECT_THAT(pairs(tiny_, "norm"), ElementsAre("jsonl|3", "speed|4"));
  EXPECT_THAT(least(), ElementsAre("jsonl|3", "speed|4"));

  // As if their parameters had changed: rows are missing beside those of the baseline.
  Database(tiny_.database(), Database::Mode::kReadWrite)
      .execute(
          "UPDATE cell_version SET method_hash = 'others' || id WHERE cell_id IN "
          "(SELECT id FROM cell_plan WHERE label LIKE 'found%')");
  EXPECT_EQ(run(tiny_, search + kNorm, kRetime).run.measured, settings * 2 * 7);
  EXPECT_THAT(least(), ElementsAre("jsonl|3", "speed|4"));
  EXPECT_THAT(pairs(tiny_, "norm"), ElementsAre("jsonl|3", "speed|4"));
}

TEST_F(Retime, TheDryRunCountsWhatItWouldAdd) {
  run(tiny_);
  const auto describe = [this](bool retime, int64_t& rows, std::string& stored) {
    Plan plan = tiny_.plan(experiment(tiny_, kRandom));
    const std::string text = plan_late_labels(plan, tiny_.database(), retime);
    rows = plan.rows();
    stored = describe_stored(plan, tiny_.database());
    return text;
  };
  int64_t rows = 0;
  std::string stored;
  EXPECT_THAT(describe(false, rows, stored), HasSubstr("7 of its rows have no speed-up; --retime"));
  EXPECT_EQ(rows, 3 * 7);
  EXPECT_THAT(stored, HasSubstr("14 of the 21 rows"));
  EXPECT_THAT(describe(kRetime, rows, stored), HasSubstr("beside it again: 7 rows more, about "));
  EXPECT_EQ(rows, 4 * 7);
  EXPECT_THAT(stored, HasSubstr("14 of the 28 rows"));
  EXPECT_THAT(claimed_round_blocks(tiny_.database(), "tiny", "tiny"), IsEmpty());

  run(tiny_, kRandom);
  EXPECT_THAT(describe(kRetime, rows, stored), HasSubstr("beside it again: 14 rows more, about "));
  EXPECT_THAT(stored, HasSubstr("14 of the 28 rows"));
  run(tiny_, kRandom, kRetime);
  EXPECT_THAT(describe(kRetime, rows, stored), IsEmpty());
  EXPECT_THAT(stored, HasSubstr("28 of the 28 rows"));
}

}  // namespace
}  // namespace skipbench
