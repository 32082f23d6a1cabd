#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <ctime>

#include "harness/report/report.h"
#include "tests/harness/report/support/large_database.h"
#include "tests/support/scratch_folder.h"

namespace skipbench {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// A tenth of the size that the limit is for, as writing takes longer than reading; with
// SKIPBENCH_LARGE_TESTS set, all of it.
TEST(LargeReport, AMillionRowsAreReportedWithinFiveSeconds) {
  const bool all = std::getenv("SKIPBENCH_LARGE_TESTS") != nullptr;
  const DatabaseSize size{.tasks = all ? 50 : 5, .labels = 20, .samples = 1000};
  ScratchFolder folder;
  const auto begin = std::chrono::steady_clock::now();
  write_large_database(folder / "large.db", size);
  RecordProperty("rows", std::to_string(size.rows()));
  RecordProperty("written_s", std::to_string(seconds_since(begin)));
  const auto start = std::chrono::steady_clock::now();
  const std::clock_t busy = std::clock();
  const std::string text = render_report(folder / "large.db", {});
  const double taken = seconds_since(start);
  const double computed = static_cast<double>(std::clock() - busy) / CLOCKS_PER_SEC;
  RecordProperty("reported_s", std::to_string(taken));
  std::printf("%ld rows: written in %.1f s, reported in %.2f s, %.2f s of them computing\n",
              static_cast<long>(size.rows()), seconds_since(begin) - taken, taken, computed);
  EXPECT_GT(text.size(), 1000u);
  EXPECT_LT(computed, 5) << "the limit is for a machine that does nothing else";
}

}  // namespace
}  // namespace skipbench
