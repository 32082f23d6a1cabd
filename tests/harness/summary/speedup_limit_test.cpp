#include "harness/summary/speedup_limit.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "harness/store/queries.h"

namespace skipbench {
namespace {

Observation row_with_shares(double attention, double pairs, double ffn, double work) {
  Observation row;
  row.attention_share = attention;
  row.attention_pair_share = pairs;
  row.ffn_share = ffn;
  row.flops = std::llround(1000 * work);
  row.flops_full = 1000;
  row.active = attention < 1 || pairs < 1 || ffn < 1;
  return row;
}

const Observation kFull = row_with_shares(1, 1, 1, 1);

std::optional<double> limit_of(const Observation& method, const Observation& baseline = kFull) {
  return speedup_limit({&method, &baseline});
}

TEST(SpeedupLimit, IsTheLargestSavingOfAnyPart) {
  EXPECT_DOUBLE_EQ(*limit_of(row_with_shares(0.5, 0.25, 1, 0.6)), 4);
  EXPECT_DOUBLE_EQ(*limit_of(row_with_shares(0.5, 0.8, 0.4, 0.6)), 2.5);
  EXPECT_DOUBLE_EQ(*limit_of(row_with_shares(0.9, 1, 1, 0.5)), 2) << "the FLOPs, all together";
}

TEST(SpeedupLimit, OfAMethodThatSavesNothingInPrefillIsOne) {
  EXPECT_DOUBLE_EQ(*limit_of(row_with_shares(1, 1, 1, 1)), 1);
  EXPECT_DOUBLE_EQ(*limit_of(row_with_shares(1, 1, 1, 1.2)), 1) << "probing costs";
}

TEST(SpeedupLimit, IsUnknownBesideABaselineOfOtherWork) {
  EXPECT_FALSE(limit_of(kFull, row_with_shares(0.5, 0.5, 0.5, 0.5)));
  EXPECT_FALSE(limit_of(kFull, row_with_shares(1, 1, 1, 1.2)));
  EXPECT_FALSE(limit_of(row_with_shares(1, 1, 0, 0.7))) << "no FFN ran at all";
}

CellSummary measured(double speedup, double low, double high, double limit) {
  CellSummary summary;
  summary.speedup_ttft = speedup;
  summary.speedup_ttft_low = low;
  summary.speedup_ttft_high = high;
  summary.speedup_ttft_limit = limit;
  return summary;
}

// StreamingLLM, whose prefill saves nothing, beside other work on the machine.
TEST(SpeedupLimit, ASpeedupWithNothingSavedIsTooFast) {
  EXPECT_TRUE(is_too_fast(measured(1.96, 1.11, 3.19, 1)));
}

TEST(SpeedupLimit, WhatTheIntervalOrTheToleranceAllowsIsNotTooFast) {
  EXPECT_FALSE(is_too_fast(measured(1.96, 0.98, 3.19, 1)));
  EXPECT_FALSE(is_too_fast(measured(1.03, 1.02, 1.04, 1)));
  // PAP at 128K, ideal 2.09x: attention's pairs are .314 of all.
  EXPECT_FALSE(is_too_fast(measured(2.163, 2.162, 2.165, 1 / 0.314)));
  CellSummary single = measured(2, 0, 0, 1);
  single.speedup_ttft_low = single.speedup_ttft_high = std::nullopt;
  EXPECT_FALSE(is_too_fast(single));
}

TEST(SpeedupLimit, HoldsOnEveryMachineOfTheResults) {
  int limited = 0;
  const std::filesystem::path results = SKIPBENCH_SOURCE_DIR "/results";
  for (const auto& file : std::filesystem::recursive_directory_iterator(results)) {
    if (file.path().extension() != ".db") continue;
    const StoreReader reader(file.path());
    for (const std::string& experiment : reader.experiments()) {
      for (const CellRecord& cell : reader.cells(experiment)) {
        limited += cell.summary.speedup_ttft_low && cell.summary.speedup_ttft_limit;
        EXPECT_FALSE(is_too_fast(cell.summary))
            << file.path() << ": " << cell.plan.label << " on " << cell.plan.subset;
      }
    }
  }
  EXPECT_GT(limited, 300);
}

}  // namespace
}  // namespace skipbench
