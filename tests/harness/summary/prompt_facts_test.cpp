#include "harness/summary/prompt_facts.h"

#include <gtest/gtest.h>

namespace skipbench {
namespace {

/// One prompt of a sample in a run.
PromptRow row(int sample, int64_t run, int64_t tokens, double ttft_ms, int64_t truncated = 0) {
  return {.sample_id = std::to_string(100 + sample),
          .run = run,
          .tokens = tokens,
          .truncated_tokens = truncated,
          .ttft_ms = ttft_ms};
}

TEST(PromptFacts, TimesOfEqualPromptsThatLieApartDrift) {
  // Quartiles of 4, 4, 8, 8 are 4 and 8, their median 6.
  const std::vector<PromptRow> rows{row(0, 1, 1000, 4), row(1, 1, 1000, 4), row(2, 1, 1000, 8),
                                    row(3, 1, 1000, 8)};
  EXPECT_DOUBLE_EQ(*time_drift(rows), 4.0 / 6);
}

TEST(PromptFacts, ASingleSlowPromptIsNoDrift) {
  std::vector<PromptRow> rows;
  for (int i = 0; i < 8; ++i) rows.push_back(row(i, 1, 1000, i == 3 ? 12 : 4));
  EXPECT_DOUBLE_EQ(*time_drift(rows), 0);
}

TEST(PromptFacts, PromptsOfOtherLengthsOrRunsAreNotComparedInTime) {
  std::vector<PromptRow> rows;
  for (int i = 0; i < 4; ++i) rows.push_back(row(i, 1, 1000, 4));
  for (int i = 4; i < 8; ++i) rows.push_back(row(i, 1, 2000, 8));
  for (int i = 8; i < 12; ++i) rows.push_back(row(i, 2, 1000, 8));
  EXPECT_DOUBLE_EQ(*time_drift(rows), 0);
}

TEST(PromptFacts, OneDisturbedLengthAmongManyIsNoDriftOfTheRun) {
  std::vector<PromptRow> rows;
  for (int i = 0; i < 4; ++i) rows.push_back(row(i, 1, 1000, i < 2 ? 4 : 8));
  for (int i = 4; i < 30; ++i) rows.push_back(row(i, 1, 2000, 8));
  EXPECT_DOUBLE_EQ(*time_drift(rows), 0);
}

TEST(PromptFacts, ThreeEqualPromptsTellNothing) {
  const std::vector<PromptRow> rows{row(0, 1, 1000, 4), row(1, 1, 1000, 6), row(2, 1, 1000, 8)};
  EXPECT_FALSE(time_drift(rows));
}

TEST(PromptFacts, RoundsOfAPromptCountOnce) {
  std::vector<PromptRow> rows;
  for (int i = 0; i < 4; ++i) {
    // A cold first round does not make a prompt slow.
    for (const double ms : {9.0, 4.0, 4.0}) rows.push_back(row(i, 1, 1000, i % 2 ? ms : 4, i));
  }
  const PromptFacts facts = prompt_facts(rows);
  EXPECT_DOUBLE_EQ(*facts.drift, 0);
  EXPECT_EQ(facts.samples, 4);
  EXPECT_EQ(facts.truncated, 3);
  EXPECT_EQ(facts.truncated_tokens, 1 + 2 + 3);
}

}  // namespace
}  // namespace skipbench
