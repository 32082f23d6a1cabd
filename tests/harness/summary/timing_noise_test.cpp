#include "harness/summary/timing_noise.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "harness/store/queries.h"

namespace skipbench {
namespace {

/// How many cells of a committed database have which noise.
std::map<TimingNoise, int> noise_of_cells(const std::string& file) {
  std::map<TimingNoise, int> counts;
  const StoreReader reader(std::string(SKIPBENCH_SOURCE_DIR "/results/") + file);
  for (const std::string& experiment : reader.experiments()) {
    for (const CellRecord& cell : reader.cells(experiment)) {
      ++counts[timing_noise(cell.summary.ttft_spread)];
    }
  }
  return counts;
}

TEST(TimingNoise, LimitsFitWhatUndisturbedGpusShow) {
  int stable = 0, all = 0;
  for (const char* file : {"h100/speed-llama-8b.db", "h100/speed-sparse.db",
                           "h100/profile-llama-8b.db", "h200/speed-llama-8b.db"}) {
    std::map<TimingNoise, int> counts = noise_of_cells(file);
    EXPECT_EQ(counts[TimingNoise::kUnknown], 0) << file;
    EXPECT_EQ(counts[TimingNoise::kUnusable], 0) << file;
    stable += counts[TimingNoise::kStable];
    all += counts[TimingNoise::kStable] + counts[TimingNoise::kNoisy];
  }
  EXPECT_EQ(all, 68);
  EXPECT_GE(stable * 20, all * 19);
}

TEST(TimingNoise, LengthsThatAreMetOnTheClockAreNoisyAndStillOfUse) {
  std::map<TimingNoise, int> counts = noise_of_cells("h100/new-lengths.db");
  EXPECT_GT(counts[TimingNoise::kNoisy], 0);
  EXPECT_EQ(counts[TimingNoise::kUnusable], 0);
}

}  // namespace
}  // namespace skipbench
