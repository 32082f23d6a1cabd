#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <memory>
#include <thread>

#include "kernels/base/random.h"
#include "tests/harness/cli/support/processes.h"
#include "tests/harness/cli/support/program.h"
#include "tests/harness/cli/support/sweeps.h"
#include "tests/harness/run/support/tiny_run.h"

namespace skipbench {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Milliseconds = std::chrono::milliseconds;

/// How a sweep is run: so many runs at once on one database, each with these options.
struct Way {
  const char* name;
  int runs;
  std::vector<std::string> options;
};

/// With SKIPBENCH_LARGE_TESTS set 200, else as many as an ordinary test may take.
int wanted_kills() {
  return std::getenv("SKIPBENCH_LARGE_TESTS") != nullptr ? 200 : 6;
}

class KillTest : public testing::TestWithParam<Way> {
 protected:
  static std::vector<std::string> arguments(const TinyRun& tiny) {
    return sweep(tiny, mixed_experiment(tiny, 40), GetParam().options);
  }

  /// Starts the runs and kills each at a random moment of the time that a run takes. Returns how
  /// many were killed; the others had ended.
  int start_and_kill(const TinyRun& tiny) {
    std::vector<std::unique_ptr<Program>> programs;
    std::multimap<int64_t, Program*> kills;  // by time
    const auto given = arguments(tiny);      // once: it writes the files that a run already reads
    for (int i = 0; i < GetParam().runs; ++i) {
      programs.push_back(
          std::make_unique<Program>(given, tiny.folder().string(), fmt::format("run{}-", i)));
      kills.emplace(static_cast<int64_t>(random_.below(static_cast<uint64_t>(run_ms_))),
                    programs.back().get());
    }
    const auto start = std::chrono::steady_clock::now();
    int killed = 0;
    for (const auto& [time, program] : kills) {
      while (is_running(program->pid()) &&
             std::chrono::steady_clock::now() < start + Milliseconds(time)) {
        std::this_thread::sleep_for(Milliseconds(2));
      }
      program->kill(SIGKILL);
      const Finished finished = program->wait();
      if (finished.signal == SIGKILL) {
        ++killed;
      } else {
        EXPECT_EQ(finished.exit_code, 0) << finished.err;
      }
    }
    return killed;
  }

  /// Runs what is left, undisturbed. The shortest time that a run takes is the one of a machine
  /// that does little else.
  void finish(const TinyRun& tiny) {
    const auto start = std::chrono::steady_clock::now();
    const Finished last = run_program(arguments(tiny), tiny.folder().string());
    EXPECT_EQ(last.exit_code, 0) << last.err;
    const auto taken = std::chrono::steady_clock::now() - start;
    const int64_t ms = std::chrono::duration_cast<Milliseconds>(taken).count();
    if (last.out.find(" 0 were there)") != std::string::npos) run_ms_ = std::min(run_ms_, ms);
  }

  SplitMix64 random_{20260};
  int64_t run_ms_ = 60'000;  // what an undisturbed run takes, at most
};

TEST_P(KillTest, ARunThatIsKilledAtRandomEndsAsAnUndisturbedOne) {
  const TinyRun undisturbed;
  finish(undisturbed);
  const std::vector<std::string> rows = undisturbed.samples();
  ASSERT_EQ(rows.size(), 40u * 4 + 2 * 2 * 4);

  int kills = 0, sweeps = 0;
  for (; kills < wanted_kills(); ++sweeps) {
    const TinyRun tiny;
    for (int killed = 1; killed > 0 && kills < wanted_kills(); kills += killed) {
      killed = start_and_kill(tiny);
    }
    finish(tiny);
    ASSERT_EQ(tiny.samples(), rows) << "sweep " << sweeps << ", after " << kills << " kills";
    EXPECT_THAT(tiny.query("PRAGMA integrity_check"), ElementsAre("ok"));
    EXPECT_THAT(tiny.query("PRAGMA foreign_key_check"), IsEmpty());
    EXPECT_FALSE(std::filesystem::exists(tiny.database().string() + "-claims"));
  }
  std::printf("%s: %d kills over %d sweeps, each at random within %.1f s\n", GetParam().name, kills,
              sweeps, static_cast<double>(run_ms_) / 1000);
}

INSTANTIATE_TEST_SUITE_P(Ways, KillTest,
                         testing::Values(Way{"OneProcess", 1, {}},
                                         Way{"TwoWorkers", 1, {"--workers", "2"}},
                                         Way{"TwoRuns", 2, {}},
                                         Way{"TwoRunsOfTwoWorkers", 2, {"--workers", "2"}}),
                         [](const auto& way) { return way.param.name; });

}  // namespace
}  // namespace skipbench
