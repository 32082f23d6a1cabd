#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <thread>

#include "tests/harness/cli/support/program.h"
#include "tests/harness/run/support/tiny_run.h"

namespace skipbench {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using Clock = std::chrono::steady_clock;

// One entry whose setting is looked for, as `entry` continues it.
std::string spts_entry(const std::string& entry, const std::string& ltp = "false") {
  return fmt::format(R"(  - method: spts
    params: {{full_layers: 1, stage_ends: [1], budgets: [0.5], prune_step: 0, ltp: {}, d_low: 8, rank: 4}}
    search: {{target: kl <= 1e-6, over: budgets{}
)",
                     ltp, entry);
}

std::vector<std::string> command(const TinyRun& tiny, const std::string& entries,
                                 const std::string& file = "e.yaml") {
  const std::string experiment = fmt::format(R"(experiment: tiny
model: {{checkpoint: "{}", device: cpu}}
tasks: [{{task: jsonl, file: "{}/rows.jsonl", max_new_tokens: 2, chat: false}}]
methods:
  - method: full
{})",
                                             tiny.model(), tiny.folder().string(), entries);
  return {"run", tiny.write(file, experiment).string(), "--db", tiny.database().string()};
}

std::vector<std::string> command(const TinyRun& tiny) {
  return command(tiny, spts_entry(", steps: 6}\n    label: SPTS"));
}

// The line that tells a choice.
std::string choice_of(const Finished& run) {
  return run.out.substr(0, run.out.find('\n'));
}

TEST(SearchCommand, TellsTheChoiceAndItsSettings) {
  const TinyRun tiny;
  const Finished run = run_program(command(tiny), tiny.folder().string());
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("search 'SPTS' on tiny, kl <= 1e-06: chosen 'SPTS budgets x "));
  EXPECT_THAT(run.out, HasSubstr("\n  SPTS budgets x 0.1 "));
  EXPECT_THAT(run.err, HasSubstr("search 'SPTS', setting 2 of at most 6: budgets x 0.1\n"));
  const Finished report = run_program({"report", tiny.database().string()}, tiny.folder().string());
  EXPECT_THAT(report.out, HasSubstr("◆ chosen by a search"));
}

TEST(SearchCommand, LosesAndDoublesNoRowWhenItIsKilled) {
  const TinyRun undisturbed;
  const Clock::time_point start = Clock::now();
  const Finished whole = run_program(command(undisturbed), undisturbed.folder().string());
  const auto duration = Clock::now() - start;
  for (const int percent : {50, 65, 80, 95}) {
    const TinyRun tiny;
    Program program(command(tiny), tiny.folder().string());
    std::this_thread::sleep_for(duration * percent / 100);
    program.kill(SIGKILL);
    program.wait();
    const Finished rest = run_program(command(tiny), tiny.folder().string());
    EXPECT_EQ(rest.exit_code, 0) << rest.err;
    EXPECT_EQ(tiny.samples(), undisturbed.samples()) << "killed at " << percent << "%";
    EXPECT_THAT(tiny.query("SELECT count(*) FROM samples GROUP BY label, sample_id, round, metric "
                           "HAVING count(*) > 1"),
                IsEmpty());
    const std::string choice = whole.out.substr(0, whole.out.find('\n'));
    EXPECT_EQ(rest.out.substr(0, rest.out.find('\n')), choice);
  }
}

// Two searches of one experiment that try other settings, at once: each setting has to find a
// baseline of its own, measured beside it by the same run.
TEST(SearchCommand, TwoAtOnceOnOneDatabaseShareNoBlockAndTellWhatEachTellsAlone) {
  const std::string wide = spts_entry(", steps: 6, low: 0.07}\n    label: SPTS");
  const std::string narrow = spts_entry(", steps: 6, high: 1.9, low: 0.3}\n    label: SPTS");
  std::vector<std::string> alone;
  for (const std::string& entry : {wide, narrow}) {
    const TinyRun tiny;
    alone.push_back(choice_of(run_program(command(tiny, entry), tiny.folder().string())));
    ASSERT_THAT(alone.back(), HasSubstr("chosen 'SPTS budgets x "));
  }
  for (int repetition = 0; repetition < 3; ++repetition) {
    const TinyRun tiny;
    Program first(command(tiny, wide, "wide.yaml"), tiny.folder().string(), "first-");
    Program second(command(tiny, narrow, "narrow.yaml"), tiny.folder().string(), "second-");
    const Finished one = first.wait(), two = second.wait();
    EXPECT_EQ(one.exit_code, 0) << one.err;
    EXPECT_EQ(two.exit_code, 0) << two.err;
    EXPECT_EQ(choice_of(one), alone[0]);
    EXPECT_EQ(choice_of(two), alone[1]);
    EXPECT_THAT(tiny.query("SELECT round FROM samples WHERE label LIKE 'SPTS%' GROUP BY round "
                           "HAVING count(DISTINCT label) > 1"),
                IsEmpty());
    EXPECT_THAT(tiny.query("SELECT label FROM cells WHERE label LIKE 'SPTS%' AND "
                           "(speedup_ttft IS NULL AND active > 0 OR n < expected_n)"),
                IsEmpty());
  }
}

TEST(SearchCommand, WorkersLoadTheModelOnceForAllSettingsOfAllSearches) {
  const TinyRun tiny;
  // The first learns something offline, the second does not.
  auto arguments = command(tiny, spts_entry(", steps: 4}\n    label: LTP", "true") +
                                     spts_entry(", steps: 4}\n    label: SPTS"));
  arguments.insert(arguments.end(), {"--workers", "2"});
  const Finished run = run_program(arguments, tiny.folder().string());
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("search 'LTP' on tiny"));
  EXPECT_THAT(run.out, HasSubstr("search 'SPTS' on tiny"));
  for (const char* worker : {"worker 1: loading", "worker 2: loading"}) {
    const size_t first = run.err.find(worker);
    ASSERT_NE(first, std::string::npos) << run.err;
    EXPECT_EQ(run.err.find(worker, first + 1), std::string::npos) << run.err;
  }
  EXPECT_FALSE(std::filesystem::exists(tiny.database().string() + "-wal"));
}

TEST(SearchCommand, ADryRunSaysHowManySettingsAtMost) {
  const TinyRun tiny;
  std::vector<std::string> arguments = command(tiny);
  arguments.emplace_back("--dry-run");
  const Finished dry = run_program(arguments, tiny.folder().string());
  EXPECT_EQ(dry.exit_code, 0) << dry.err;
  EXPECT_THAT(dry.out, HasSubstr("at most 6 settings of 6 rows"));
  EXPECT_FALSE(std::filesystem::exists(tiny.database()));
}

}  // namespace
}  // namespace skipbench
