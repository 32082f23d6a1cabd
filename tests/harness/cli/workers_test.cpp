#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>

#include "tests/harness/cli/support/processes.h"
#include "tests/harness/cli/support/program.h"
#include "tests/harness/cli/support/sweeps.h"
#include "tests/harness/run/support/tiny_run.h"

namespace skipbench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

const std::vector<std::string> kTwoWorkers{"--workers", "2"};

class WorkersTest : public testing::Test {
 protected:
  Finished run(const std::string& experiment, const std::vector<std::string>& options) const {
    return run_program(sweep(tiny_, experiment, options), tiny_.folder().string());
  }
  Program start(const std::string& experiment, const std::vector<std::string>& options) const {
    return Program(sweep(tiny_, experiment, options), tiny_.folder().string());
  }
  /// Kills the run's workers, each as soon as it is seen, until the run has ended.
  static void kill_workers(const Program& program, int signal) {
    wait_until([&] {
      for (const pid_t worker : children_of(program.pid())) ::kill(worker, signal);
      return !is_running(program.pid());
    });
  }

  TinyRun tiny_;
};

TEST_F(WorkersTest, StoreWhatOneProcessDoesWithAsManyThreads) {
  const Finished finished = run(mixed_experiment(tiny_, 20), kTwoWorkers);
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("96 of 96 rows are in"));
  EXPECT_THAT(finished.err, HasSubstr("worker 2: loading"));
  EXPECT_THAT(tiny_.query("SELECT DISTINCT status FROM samples"), ElementsAre("ok"));

  const TinyRun alone;
  const WithTheCpusOfOneWorker cpus(2);
  ASSERT_EQ(
      run_program(sweep(alone, mixed_experiment(alone, 20)), alone.folder().string()).exit_code, 0);
  EXPECT_EQ(tiny_.samples(), alone.samples());
}

TEST_F(WorkersTest, LeaveTheClockOutWhereTheExperimentDoes) {
  const std::vector<std::string> untimed{"--set", "timing=none", "--task", "jsonl"};
  std::vector<std::string> options = untimed;
  options.insert(options.end(), kTwoWorkers.begin(), kTwoWorkers.end());
  const Finished finished = run(mixed_experiment(tiny_, 8), options);
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(tiny_.query("SELECT DISTINCT status, ttft_ms FROM samples"), ElementsAre("ok|NULL"));
  const TinyRun alone;
  const WithTheCpusOfOneWorker cpus(2);
  run_program(sweep(alone, mixed_experiment(alone, 8), untimed), alone.folder().string());
  EXPECT_EQ(tiny_.samples(), alone.samples());
}

TEST_F(WorkersTest, CalibrateOnce) {
  const std::string said = run(mixed_experiment(tiny_, 8), {"--workers", "3"}).err;
  const size_t first = said.find(": calibrating spts");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(said.find(": calibrating spts", first + 1), std::string::npos) << said;
}

TEST_F(WorkersTest, ContinueWhatAnotherNumberOfThemBegan) {
  const std::string experiment = mixed_experiment(tiny_, 6);
  auto limited = kTwoWorkers;
  limited.insert(limited.end(), {"--limit", "2"});
  ASSERT_EQ(run(experiment, limited).exit_code, 0);
  const std::string threads = tiny_.query("SELECT DISTINCT gpu FROM samples").at(0);
  const Finished rest = run(experiment, kTwoWorkers);
  EXPECT_THAT(rest.out, HasSubstr("24 were there)"));
  EXPECT_THAT(tiny_.query("SELECT DISTINCT gpu FROM samples"), ElementsAre(threads));
}

TEST_F(WorkersTest, AreToldInTheRunsProvenanceAndInTheReport) {
  ASSERT_EQ(run(mixed_experiment(tiny_, 3), kTwoWorkers).exit_code, 0);
  EXPECT_THAT(tiny_.query("SELECT machine ->> 'workers', machine ->> 'workers_per_device' "
                          "FROM provenance"),
              ElementsAre("2|2"));
  const Finished report =
      run_program({"report", tiny_.database().string()}, tiny_.folder().string());
  EXPECT_THAT(report.out, HasSubstr("shared-device"));
}

TEST_F(WorkersTest, ComeFromTheFileUnlessTheCommandLineSaysHowMany) {
  const std::string experiment =
      mixed_experiment(tiny_, 2) + "launcher: {kind: local, workers: 2}\n";
  ASSERT_EQ(run(experiment, {}).exit_code, 0);
  ASSERT_EQ(run(experiment, {"--workers", "1"}).exit_code, 0);
  EXPECT_THAT(tiny_.query("SELECT machine ->> 'workers' FROM provenance ORDER BY id"),
              ElementsAre("2", "1"));
}

TEST_F(WorkersTest, AreOneOnAMachineWithoutAGpuWhereTheFileGivesNoNumber) {
  ASSERT_EQ(run(mixed_experiment(tiny_, 2) + "launcher: local\n", {}).exit_code, 0);
  EXPECT_THAT(tiny_.query("SELECT machine ->> 'workers' FROM provenance"), ElementsAre("1"));
}

TEST_F(WorkersTest, LoseNothingWhenOneIsKilledOnce) {
  Program program = start(long_experiment(), kTwoWorkers);
  ASSERT_TRUE(wait_for_rows(tiny_, 10));
  const std::vector<pid_t> workers = children_of(program.pid());
  ASSERT_THAT(workers, SizeIs(2));
  ::kill(workers.front(), SIGSEGV);
  const Finished finished = program.wait();
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.err, HasSubstr("was ended by signal 11 (SIGSEGV)"));
  EXPECT_THAT(tiny_.query("SELECT status, count(*) FROM samples GROUP BY status"),
              ElementsAre("ok|300"));
}

// Looks at what the coordinator has written: the task and the first sample. The worker that has
// sample 0 at hand crashes; any other becomes the program.
constexpr const char* kCrashingWorker = R"py(#!/usr/bin/env python3
import os, signal, socket, time
channel = socket.socket(fileno=3)
while (said := channel.recv(1 << 20, socket.MSG_PEEK)).count(b"\n") < 2:
    time.sleep(0.01)
if b'"measure":{{"index":0,"model":0,"subset":0,"task":0}}' in said:
    channel.send(b'{{"ready":true}}\n')
    os.kill(os.getpid(), signal.SIGSEGV)
os.execv("{}", ["skipbench", "worker"])
)py";

TEST_F(WorkersTest, FailTheSampleThatBroughtTwoDownAndGoOn) {
  const auto worker = tiny_.write("worker", fmt::format(kCrashingWorker, SKIPBENCH_PROGRAM));
  std::filesystem::permissions(worker, std::filesystem::perms::owner_all);
  const Plan plan = tiny_.plan(mixed_experiment(tiny_, 3));
  const RunOutcome outcome = tiny_.run(plan, {.workers = 1, .worker_program = worker});
  EXPECT_EQ(outcome.measured, 28);
  EXPECT_THAT(tiny_.query("SELECT task, sample_id, status, count(*) FROM samples "
                          "WHERE task = 'jsonl' OR status <> 'ok' GROUP BY 1, 2, 3"),
              ElementsAre("jsonl|0|error|4", "jsonl|1|ok|4", "jsonl|2|ok|4"));
  ASSERT_THAT(outcome.failures, SizeIs(4));
  EXPECT_THAT(outcome.failures[0],
              HasSubstr("each worker that measured it was ended by signal 11 (SIGSEGV)"));
}

TEST_F(WorkersTest, GiveUpAModelThatBringsEveryoneDownWhileItIsLoaded) {
  const std::vector<std::string> options{"--workers", "1", "--limit", "10"};
  Program program = start(long_experiment(), options);
  kill_workers(program, SIGKILL);
  const Finished finished = program.wait();
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_THAT(tiny_.query("SELECT status, count(*) FROM samples GROUP BY status"),
              ElementsAre("error|20"));
  EXPECT_THAT(finished.err, HasSubstr("each worker that loaded"));
  EXPECT_THAT(finished.err, HasSubstr("fewer workers need less"));

  auto retry = options;
  retry.emplace_back("--retry-failed");
  EXPECT_EQ(run(long_experiment(), retry).exit_code, 0);
  EXPECT_THAT(tiny_.query("SELECT status, count(*) FROM samples GROUP BY status"),
              ElementsAre("ok|20"));
}

TEST_F(WorkersTest, StopWithTheRunOnControlCAndOnSigterm) {
  for (const auto& [signal, code] : {std::pair(SIGINT, 130), std::pair(SIGTERM, 143)}) {
    Program program = start(long_experiment(), kTwoWorkers);
    ASSERT_TRUE(wait_until([&] { return children_of(program.pid()).size() == 2; }));
    ASSERT_TRUE(wait_for_rows(tiny_, 6));
    const std::vector<pid_t> workers = children_of(program.pid());
    for (const pid_t worker : workers) {
      if (signal == SIGINT) ::kill(worker, signal);  // a terminal sends it to all
    }
    program.kill(signal);
    const Finished stopped = program.wait();
    EXPECT_EQ(stopped.exit_code, code) << stopped.err;
    EXPECT_THAT(stopped.err, HasSubstr("the same command continues"));
    EXPECT_TRUE(std::none_of(workers.begin(), workers.end(), is_running));
    EXPECT_THAT(tiny_.query("PRAGMA integrity_check"), ElementsAre("ok"));
    EXPECT_THAT(tiny_.query("SELECT count(*) FROM samples WHERE status <> 'ok'"), ElementsAre("0"));
    std::filesystem::remove(tiny_.database());
  }
}

TEST_F(WorkersTest, EndWithTheRunThatIsKilled) {
  Program program = start(long_experiment(), kTwoWorkers);
  ASSERT_TRUE(wait_for_rows(tiny_, 6));
  const std::vector<pid_t> workers = children_of(program.pid());
  ASSERT_THAT(workers, SizeIs(2));
  program.kill(SIGKILL);
  program.wait();
  EXPECT_TRUE(wait_until([&] { return std::none_of(workers.begin(), workers.end(), is_running); }));
}

TEST_F(WorkersTest, AreNotForPeople) {
  const Finished worker = run_program({"worker"}, tiny_.folder().string());
  EXPECT_EQ(worker.exit_code, 2);
  EXPECT_THAT(worker.err, HasSubstr("skipbench run --workers N"));
  const Finished help = run_program({"--help"}, tiny_.folder().string());
  EXPECT_THAT(help.out, testing::Not(HasSubstr("worker")));
}

}  // namespace
}  // namespace skipbench
