#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <numeric>
#include <vector>

#include "harness/plan/describe_plan.h"
#include "tests/harness/run/support/tiny_run.h"

namespace skipbench {
namespace {

std::string numbers(int first, int count) {
  std::vector<int> list(static_cast<size_t>(count));
  std::iota(list.begin(), list.end(), first);
  return fmt::format("[{}]", fmt::join(list, ", "));
}

// The processor's time: the limit is for a machine that does nothing else.
TEST(LargePlan, TenThousandCellsArePlannedAndDescribedWithinTwoSeconds) {
  const TinyRun tiny;
  const std::string experiment = fmt::format(
      "experiment: large\nmodel: {{checkpoint: \"{}\", device: cpu}}\n"
      "tasks: [{{task: speed, lengths: [256]}}]\n"
      "methods:\n"
      "  - method: full\n"
      "  - method: snapkv\n"
      "    preset: kvpress\n"
      "    sweep: {{keep: {}, window: {}}}\n",
      tiny.model(), numbers(128, 100), numbers(8, 100));
  const std::clock_t start = std::clock();
  const Plan plan = tiny.plan(experiment);
  const std::string text = describe_plan(plan) + describe_equal_labels(plan);
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  std::printf("%zu cells: %.2f s\n", planned_cells(plan).size(), seconds);
  EXPECT_EQ(planned_cells(plan).size(), 10'001u);
  EXPECT_THAT(text, testing::HasSubstr("keep=227 window=107"));
  EXPECT_LT(seconds, 2);
}

}  // namespace
}  // namespace skipbench
