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

std::vector<std::string> command(const TinyRun& tiny) {
  const std::string experiment = fmt::format(R"(experiment: tiny
model: {{checkpoint: "{}", device: cpu}}
tasks: [{{task: jsonl, file: "{}/rows.jsonl", max_new_tokens: 2, chat: false}}]
methods:
  - method: full
  - method: spts
    params: {{full_layers: 1, stage_ends: [1], budgets: [0.5], prune_step: 0, ltp: false}}
    search: {{target: kl <= 1e-6, over: budgets, steps: 6}}
    label: SPTS
)",
                                             tiny.model(), tiny.folder().string());
  return {"run", tiny.write("e.yaml", experiment).string(), "--db", tiny.database().string()};
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

TEST(SearchCommand, ADryRunSaysHowManySettingsAtMost) {
  const TinyRun tiny;
  std::vector<std::string> arguments = command(tiny);
  arguments.emplace_back("--dry-run");
  const Finished dry = run_program(arguments, tiny.folder().string());
  EXPECT_EQ(dry.exit_code, 0) << dry.err;
  EXPECT_THAT(dry.out, HasSubstr("at most 6 settings of 6 rows, the baseline beside each"));
  EXPECT_FALSE(std::filesystem::exists(tiny.database()));
}

}  // namespace
}  // namespace skipbench
