#include "harness/machine/cpu_cores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace skipbench {
namespace {

TEST(CpuCores, HaveEachCpuOnce) {
  std::set<int> cpus;
  size_t count = 0;
  for (const CpuCore& core : usable_cores()) {
    cpus.insert(core.begin(), core.end());
    count += core.size();
  }
  EXPECT_GT(count, 0u);
  EXPECT_EQ(cpus.size(), count);
}

TEST(CpuCores, AreSharedEquallyAndWithoutOverlap) {
  const int workers = static_cast<int>(usable_cores().size());
  std::set<int> taken;
  for (int i = 0; i < workers; ++i) {
    const std::vector<int> cpus = cpus_of_worker(i, workers);
    EXPECT_FALSE(cpus.empty());
    for (const int cpu : cpus) EXPECT_TRUE(taken.insert(cpu).second) << cpu;
  }
  EXPECT_EQ(threads_of_worker(workers), 1);
  EXPECT_EQ(threads_of_worker(1), workers);
}

TEST(CpuCores, LeaveWorkersWhereTheyAreWhenThereAreTooFew) {
  const int workers = static_cast<int>(usable_cores().size()) + 1;
  EXPECT_THAT(cpus_of_worker(0, workers), testing::IsEmpty());
  EXPECT_EQ(threads_of_worker(workers), 1);
}

}  // namespace
}  // namespace skipbench
