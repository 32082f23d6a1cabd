#include "harness/run/busy_machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace skipbench {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(BusyMachine, SaysNothingWhileTheThreadsHaveCpusOfTheirOwn) {
  EXPECT_EQ(describe_load({.busy = 0.3, .cpus = 4, .threads = 4}), "");
  EXPECT_EQ(describe_load({.busy = 4, .cpus = 8, .threads = 4}), "");
}

TEST(BusyMachine, SaysInOneLineWhatToDoWhenOthersWork) {
  const std::string hint = describe_load({.busy = 2.6, .cpus = 4, .threads = 4});
  EXPECT_THAT(hint, AllOf(HasSubstr("a load of 2.6 on 4 CPUs"), HasSubstr("OMP_NUM_THREADS=1")));
  EXPECT_EQ(std::count(hint.begin(), hint.end(), '\n'), 1);
}

TEST(BusyMachine, OffersFewerThreadsOnlyWhereThatLeavesACpuForEach) {
  for (const int threads : {1, 4}) {
    EXPECT_THAT(describe_load({.busy = 3.9, .cpus = 4, .threads = threads}),
                AllOf(HasSubstr("wait"), Not(HasSubstr("OMP_NUM_THREADS"))));
  }
}

TEST(BusyMachine, SaysThatThreadsShareCpusOnAnIdleMachine) {
  EXPECT_THAT(describe_load({.busy = 0, .cpus = 2, .threads = 8}),
              AllOf(HasSubstr("8 threads share 2 CPUs"), HasSubstr("unset OMP_NUM_THREADS")));
}

}  // namespace
}  // namespace skipbench
