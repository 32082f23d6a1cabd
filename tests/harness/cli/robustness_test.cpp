#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <thread>

#include "harness/store/database.h"
#include "harness/store/store.h"
#include "tests/harness/cli/support/program.h"
#include "tests/harness/cli/support/sweeps.h"
#include "tests/harness/run/support/tiny_run.h"
#include "tests/support/scratch_folder.h"

namespace skipbench {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::string content(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

class RobustnessTest : public testing::Test {
 protected:
  Finished run(const std::vector<std::string>& options = {}) const {
    return run_program(sweep(tiny_, mixed_experiment(tiny_, 40), options), tiny_.folder().string());
  }
  static std::vector<std::string> undisturbed_rows(const std::vector<std::string>& options = {}) {
    const TinyRun tiny;
    EXPECT_EQ(run_program(sweep(tiny, mixed_experiment(tiny, 40), options), tiny.folder().string())
                  .exit_code,
              0);
    return tiny.samples();
  }
  /// Runs the sweep on a disk of 600 KB, which is too small, then makes the disk larger and runs it
  /// again; false where a process may have no file systems of its own.
  bool run_on_a_small_disk(const std::string& options) const {
    const std::string folder = tiny_.folder().string();
    mixed_experiment(tiny_, 40);
    tiny_.write("e.yaml", tiny_experiment(tiny_));
    const auto script = tiny_.write(
        "small_disk.sh",
        fmt::format(
            "cd {} && mkdir disk && mount -t tmpfs -o size=600k none disk || exit 77\n"
            "run() {{ {} run e.yaml --db disk/run.db {} >out$1 2>err$1; echo $? >code$1; }}\n"
            "run 1\n"
            "mount -o remount,size=64m disk && run 2 && cp disk/run.db run.db\n",
            folder, SKIPBENCH_PROGRAM, options));
    return std::system(fmt::format("unshare --user --map-root-user --mount sh {}", script.string())
                           .c_str()) == 0;
  }
  std::string said(const std::string& file) const { return content(tiny_.folder() / file); }

  TinyRun tiny_;
};

TEST_F(RobustnessTest, AFullDiskEndsTheRunAndMoreRoomContinuesIt) {
  for (const std::string options : {"", "--workers 2"}) {
    if (!run_on_a_small_disk(options)) GTEST_SKIP() << "no file system of one's own here";
    EXPECT_EQ(said("code1"), "2\n");
    EXPECT_THAT(said("err1"), HasSubstr("the disk is full; what was committed before is intact"));
    EXPECT_EQ(said("code2"), "0\n");
    EXPECT_THAT(said("out2"), testing::Not(HasSubstr(" 0 were there")));
    EXPECT_EQ(tiny_.samples(),
              undisturbed_rows(options.empty() ? std::vector<std::string>{}
                                               : std::vector<std::string>{"--workers", "2"}));
    EXPECT_THAT(tiny_.query("PRAGMA integrity_check"), ElementsAre("ok"));
    std::filesystem::remove(tiny_.database());
    std::filesystem::remove_all(tiny_.folder() / "disk");
  }
}

TEST_F(RobustnessTest, ALockedDatabaseIsWaitedFor) {
  { Store store(tiny_.database()); }
  auto holder = std::make_unique<Database>(tiny_.database(), Database::Mode::kReadWrite);
  auto lock = std::make_unique<Transaction>(*holder);
  Program program(sweep(tiny_, mixed_experiment(tiny_, 3)), tiny_.folder().string());
  std::this_thread::sleep_for(std::chrono::seconds(3));
  lock.reset();
  holder.reset();
  const Finished finished = program.wait();
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("28 of 28 rows"));
}

TEST_F(RobustnessTest, ADamagedDatabaseIsLeftAsItIs) {
  ASSERT_EQ(run().exit_code, 0);
  std::string bytes = content(tiny_.database());
  bytes.replace(bytes.size() / 2, 20000, 20000, '\x7f');
  tiny_.write("run.db", bytes);
  const Finished refused = run();
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("run.db: the file is damaged; it was left as it is"),
                                 HasSubstr("--db"), HasSubstr(".recover")));
  EXPECT_TRUE(content(tiny_.database()) == bytes);
  EXPECT_FALSE(std::filesystem::exists(tiny_.database().string() + "-wal"));
}

TEST_F(RobustnessTest, AWallClockThatGoesBackwardChangesNothing) {
#ifndef SKIPBENCH_BACKWARD_CLOCK
  GTEST_SKIP() << "sanitizers cannot be preloaded over";
#else
  Finished finished;
  {
    const Environment preload("LD_PRELOAD", SKIPBENCH_BACKWARD_CLOCK);
    finished = run();
  }
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(tiny_.query("SELECT count(*) FROM run WHERE ended_at < started_at"), ElementsAre("1"))
      << "the clock did not go backward";
  EXPECT_THAT(tiny_.query("SELECT count(*) FROM timing_row WHERE NOT (ttft_ms > 0 AND "
                          "e2e_ms >= ttft_ms AND e2e_ms < 60000)"),
              ElementsAre("0"));
  EXPECT_EQ(tiny_.samples(), undisturbed_rows());
#endif
}

TEST_F(RobustnessTest, TwoRunsAtOnceShareTheWork) {
  const auto arguments = sweep(tiny_, mixed_experiment(tiny_, 40));
  Program first(arguments, tiny_.folder().string(), "first-");
  Program second(arguments, tiny_.folder().string(), "second-");
  EXPECT_EQ(first.wait().exit_code, 0);
  EXPECT_EQ(second.wait().exit_code, 0);
  EXPECT_EQ(tiny_.samples(), undisturbed_rows());
  EXPECT_FALSE(std::filesystem::exists(tiny_.database().string() + "-claims"));
}

TEST_F(RobustnessTest, TwoRunsAtOnceMeasureNoSampleTwice) {
  const auto arguments = sweep(tiny_, long_experiment());
  Program first(arguments, tiny_.folder().string(), "first-");
  Program second(arguments, tiny_.folder().string(), "second-");
  const std::string one = first.wait().out, two = second.wait().out;
  const auto measured = [](const std::string& out) {
    const size_t begin = out.find('(');
    return begin == std::string::npos ? 0 : std::stoi(out.substr(begin + 1));
  };
  EXPECT_GT(measured(one), 20) << one;
  EXPECT_GT(measured(two), 20) << two;
  EXPECT_EQ(measured(one) + measured(two), 300) << one << two;
}

}  // namespace
}  // namespace skipbench
