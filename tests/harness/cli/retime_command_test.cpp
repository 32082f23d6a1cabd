#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <thread>

#include "tests/harness/cli/support/program.h"
#include "tests/harness/cli/support/sweeps.h"
#include "tests/harness/run/support/tiny_run.h"

namespace skipbench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Two models, 6 samples in two rounds: 24 rows a label.
std::string timed_on_two_models(const TinyRun& tiny, const std::string& added) {
  return fmt::format(R"(experiment: tiny
model: [{{checkpoint: "{}", device: cpu}}, {{checkpoint: random:tiny-llama, device: cpu}}]
tasks: [{{task: speed, lengths: [48, 64], new_tokens: 3, samples: 3, repeats: 2}}]
methods:
  - method: full
  - method: gemfilter
    params: {{layer: 0, keep: 0.5}}
{})",
                     tiny.model(), added);
}

constexpr const char* kAdded = R"(  - method: ffn_control
    params: {criterion: random, full_layers: 0, stage_ends: [1], budgets: [0.5]}
    label: added
)";

class RetimeCommand : public testing::Test {
 protected:
  static std::vector<std::string> words(const TinyRun& tiny, const std::string& added,
                                        const std::vector<std::string>& options) {
    return sweep(tiny, timed_on_two_models(tiny, added), options);
  }
  static Finished run_with(const TinyRun& tiny, const std::string& added,
                           const std::vector<std::string>& options = {}) {
    return run_program(words(tiny, added, options), tiny.folder().string());
  }
  static std::vector<std::string> speedups(const TinyRun& tiny) {
    return tiny.query(
        "SELECT label, count(*), count(speedup_ttft) FROM cells "
        "WHERE label <> 'full' AND n = expected_n GROUP BY label");
  }
};

TEST_F(RetimeCommand, TimesAnAddedLabelOnSeveralModelsAndWorkers) {
  const TinyRun tiny;
  run_with(tiny, "");
  const Finished planned = run_with(tiny, kAdded, {"--dry-run", "--retime"});
  EXPECT_THAT(planned.out, HasSubstr("experiment tiny: 96 rows"));
  EXPECT_THAT(planned.out, HasSubstr("'added' on tiny was added or changed after the baseline"));
  EXPECT_THAT(planned.out, HasSubstr("measures the baseline beside it again: 12 rows more"));
  EXPECT_THAT(planned.out, HasSubstr("48 of the 96 rows of these labels"));

  const Finished without = run_with(tiny, kAdded);
  EXPECT_THAT(without.err, HasSubstr("'added' on random:tiny-llama was added or changed after the "
                                     "baseline was timed: 12 of its rows have no speed-up; "
                                     "--retime measures the baseline beside it again\n"));
  EXPECT_THAT(speedups(tiny), ElementsAre("added|4|0", "gemfilter|4|4"));
  const Finished timed = run_with(tiny, kAdded, {"--retime", "--workers", "2"});
  EXPECT_EQ(timed.exit_code, 0) << timed.err;
  EXPECT_THAT(timed.out, HasSubstr("96 of 96 rows are in"));
  EXPECT_THAT(timed.err, Not(HasSubstr("no speed-up")));
  EXPECT_THAT(speedups(tiny), ElementsAre("added|4|4", "gemfilter|4|4"));
  const Finished report = run_program({"report", tiny.database().string()}, tiny.folder().string());
  EXPECT_THAT(report.out, Not(HasSubstr("incomplete")));
}

TEST_F(RetimeCommand, LosesAndDoublesNoRowWhenItIsKilled) {
  const TinyRun undisturbed;
  run_with(undisturbed, "");
  const auto start = std::chrono::steady_clock::now();
  run_with(undisturbed, kAdded, {"--retime"});
  const auto duration = std::chrono::steady_clock::now() - start;
  for (const int percent : {30, 50, 70, 90}) {
    const TinyRun tiny;
    run_with(tiny, "");
    Program program(words(tiny, kAdded, {"--retime"}), tiny.folder().string());
    std::this_thread::sleep_for(duration * percent / 100);
    program.kill(SIGKILL);
    program.wait();
    const Finished rest = run_with(tiny, kAdded, {"--retime"});
    EXPECT_EQ(rest.exit_code, 0) << rest.err;
    EXPECT_EQ(tiny.samples(), undisturbed.samples()) << "killed at " << percent << "%";
    EXPECT_THAT(speedups(tiny), ElementsAre("added|4|4", "gemfilter|4|4"));
    EXPECT_THAT(tiny.query("SELECT count(*) FROM samples GROUP BY model, label, subset, sample_id, "
                           "round HAVING count(*) > 1"),
                IsEmpty());
  }
}

}  // namespace
}  // namespace skipbench
