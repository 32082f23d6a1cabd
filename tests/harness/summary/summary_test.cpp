#include "harness/summary/summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "harness/summary/speedup_limit.h"
#include "tests/support/prompt_values.h"

namespace skipbench {
namespace {

const std::vector<std::string> kMetrics{"exact_match"};

Observation observation(const std::string& sample, int64_t round, double ttft, double nll,
                        double score) {
  Observation row;
  row.sample_id = sample;
  row.round = round;
  row.ttft_ms = ttft;
  row.e2e_ms = 2 * ttft;
  row.flops = row.flops_full = row.kv_bytes = row.kv_bytes_full = 100;
  row.answer_nll = nll;
  row.kl_first_token = nll / 10;
  row.attention_share = 1;
  row.scores = {score};
  return row;
}

CellSummary summarise(const std::vector<Observation>& rows,
                      const std::vector<Observation>& baseline) {
  return summarise_cell(rows, baseline, false, kMetrics);
}

TEST(Summary, SpeedUpIsTheGeometricMeanOfPairedRatios) {
  const std::vector<Observation> full{observation("a", 0, 200, 1, 100),
                                      observation("b", 0, 300, 1, 0)};
  const std::vector<Observation> method{observation("a", 0, 100, 1, 100),
                                        observation("b", 0, 100, 1, 0)};
  const CellSummary summary = summarise(method, full);
  EXPECT_EQ(summary.pairs, 2);
  EXPECT_DOUBLE_EQ(*summary.speedup_ttft, std::sqrt(6.0));  // of 2 and 3
  EXPECT_DOUBLE_EQ(*summary.speedup_e2e, std::sqrt(6.0));
  EXPECT_DOUBLE_EQ(*summary.speedup_ttft_of_means, 500.0 / 200.0);
  EXPECT_DOUBLE_EQ(*summary.speedup_ttft_median, 2.5);
  const Interval interval = *mean_ratio(one_round_each({2, 3})).interval;
  EXPECT_DOUBLE_EQ(*summary.speedup_ttft_low, interval.low);
  EXPECT_DOUBLE_EQ(*summary.speedup_ttft_high, interval.high);
  EXPECT_DOUBLE_EQ(*summary.speedup_e2e_high, interval.high);
  EXPECT_EQ(speedup_ttft(summary).degrees, 1);
  EXPECT_EQ(speedup_e2e(summary).degrees, 1);
}

/// Eight prompts under a method that computes what full attention computes, every time disturbed
/// on its own.
CellSummary summarise_noise(double noise, SplitMix64& random) {
  std::vector<Observation> full, method;
  for (char prompt = 'a'; prompt < 'i'; ++prompt) {
    for (auto* rows : {&full, &method}) {
      Observation& row = rows->emplace_back(observation(std::string(1, prompt), 0, 0, 1, 0));
      row.ttft_ms = 100 * std::exp(noise * standard_normal(random));
      row.attention_pair_share = row.ffn_share = 1;
      row.random_weights = true;
    }
  }
  return summarise(method, full);
}

TEST(Summary, NoiseIsNoSpeedup) {
  SplitMix64 random(3);
  for (const double noise : {0.3, 0.6}) {
    constexpr int kRepetitions = 2000;
    int held = 0, believed = 0;
    for (int i = 0; i < kRepetitions; ++i) {
      const CellSummary summary = summarise_noise(noise, random);
      ASSERT_DOUBLE_EQ(*summary.speedup_ttft_limit, 1);
      held += *summary.speedup_ttft_low <= 1 && 1 <= *summary.speedup_ttft_high;
      believed += *summary.speedup_ttft_low > 1 && !is_too_fast(summary);
    }
    EXPECT_GE(held, kRepetitions * 0.93) << noise;
    EXPECT_LE(held, kRepetitions * 0.97) << noise;
    // By chance one interval in forty lies above the truth; those far above it are marked.
    EXPECT_LE(believed, kRepetitions * 0.02) << noise;
  }
}

// Two runs on a machine that became twice as slow in between, and was steady in both.
TEST(Summary, TheSpreadOfTimesIsThatOfRoundsOfOneRun) {
  std::vector<Observation> rows;
  for (int64_t round = 0; round < 6; ++round) {
    Observation& row = rows.emplace_back(observation("a", round, round < 3 ? 100 : 200, 1, 0));
    row.run = round < 3 ? 1 : 2;
  }
  EXPECT_EQ(*summarise(rows, rows).ttft_spread, 0);
  for (Observation& row : rows) row.run = 1;
  EXPECT_GT(*summarise(rows, rows).ttft_spread, 0.5);
}

TEST(Summary, OnlyTheSameSampleAndRoundMakeAPair) {
  const std::vector<Observation> full{observation("a", 0, 200, 1, 0),
                                      observation("a", 1, 400, 1, 0),
                                      observation("c", 0, 900, 1, 0)};
  const std::vector<Observation> method{observation("a", 1, 100, 1, 0),
                                        observation("b", 0, 1, 1, 0), observation("c", 1, 1, 1, 0)};
  const CellSummary summary = summarise(method, full);
  EXPECT_EQ(summary.pairs, 1);
  EXPECT_DOUBLE_EQ(*summary.speedup_ttft, 4);
  EXPECT_FALSE(summary.speedup_ttft_low);
}

TEST(Summary, OnlyOneRunsTimesMakeAPair) {
  const std::vector<Observation> full{observation("a", 0, 200, 1, 100),
                                      observation("b", 0, 300, 1, 100)};
  std::vector<Observation> method{observation("a", 0, 100, 1, 100), observation("b", 0, 100, 2, 0)};
  method[0].run = 1;
  const CellSummary some = summarise(method, full);
  EXPECT_EQ(some.pairs, 1);
  EXPECT_DOUBLE_EQ(*some.speedup_ttft, 3);
  EXPECT_DOUBLE_EQ(*some.speedup_ttft_of_means, 3);
  EXPECT_DOUBLE_EQ(*some.speedup_e2e, 3);
  EXPECT_DOUBLE_EQ(*some.metrics[0].score_delta, -50) << "scores do not depend on the run";
  method[1].run = 1;
  const CellSummary none = summarise(method, full);
  EXPECT_EQ(none.pairs, 0);
  EXPECT_FALSE(none.speedup_ttft);
  EXPECT_FALSE(none.speedup_ttft_of_means);
  EXPECT_FALSE(none.speedup_e2e);
}

TEST(Summary, AShortReplyIsNoFastOne) {
  const std::vector<Observation> full{observation("a", 0, 200, 1, 0),
                                      observation("b", 0, 300, 1, 0)};
  std::vector<Observation> method{observation("a", 0, 100, 1, 0), observation("b", 0, 100, 1, 0)};
  method[1].new_tokens = 5;
  const CellSummary some = summarise(method, full);
  EXPECT_EQ(some.pairs, 2);
  EXPECT_EQ(some.pairs_e2e, 1);
  EXPECT_DOUBLE_EQ(*some.speedup_ttft, std::sqrt(6.0));
  EXPECT_DOUBLE_EQ(*some.speedup_e2e, 2);
  method[0].new_tokens = 3;
  EXPECT_FALSE(summarise(method, full).speedup_e2e);
}

TEST(Summary, AGraphIsNoMethod) {
  std::vector<Observation> full{observation("a", 0, 200, 1, 0), observation("b", 0, 300, 1, 0)};
  std::vector<Observation> method{observation("a", 0, 100, 1, 0), observation("b", 0, 100, 1, 0)};
  for (Observation& row : full) row.decode_path = "graph";
  for (Observation& row : method) {
    row.decode_path = "eager";
    row.eager_reason = "the method plans its decode steps";
  }
  const CellSummary apart = summarise(method, full);
  EXPECT_DOUBLE_EQ(*apart.speedup_ttft, std::sqrt(6.0));
  EXPECT_FALSE(apart.speedup_e2e);
  EXPECT_FALSE(apart.speedup_e2e_of_means);
  EXPECT_EQ(apart.pairs_e2e, 0);
  EXPECT_EQ(apart.pairs_other_path, 2);
  EXPECT_EQ(apart.decode_path, "eager");
  EXPECT_EQ(apart.eager_reason, "the method plans its decode steps");

  for (Observation& row : full) row.decode_path = "eager";
  EXPECT_DOUBLE_EQ(*summarise(method, full).speedup_e2e, std::sqrt(6.0));
  EXPECT_EQ(summarise(method, full).pairs_other_path, 0);
  method[1].decode_path = "graph";
  EXPECT_EQ(summarise(method, full).decode_path, "mixed");
}

TEST(Summary, ATimeOffTheKernelsIsNoMethodsSpeed) {
  const std::vector<Observation> full{observation("a", 0, 200, 1, 0),
                                      observation("b", 0, 300, 1, 0)};
  std::vector<Observation> method{observation("a", 0, 100, 1, 0), observation("b", 0, 100, 1, 0)};
  method[0].slow_decode = "cached_attention: no kernel";
  const CellSummary decode = summarise(method, full);
  EXPECT_EQ(decode.pairs, 2);
  EXPECT_EQ(decode.pairs_e2e, 1);
  EXPECT_EQ(decode.slow_decode, "cached_attention: no kernel");
  for (Observation& row : method) row.slow_prefill = "sparse_attention: no kernel";
  const CellSummary prefill = summarise(method, full);
  EXPECT_EQ(prefill.slow_prefill, "sparse_attention: no kernel");
  EXPECT_EQ(prefill.pairs, 0);
  EXPECT_FALSE(prefill.speedup_ttft);
  EXPECT_FALSE(prefill.speedup_e2e);
  EXPECT_TRUE(prefill.ttft_ms_median) << "the time itself was measured";

  std::vector<Observation> slow_full = full;
  for (Observation& row : slow_full) row.slow_prefill = "causal_attention: no kernel";
  method[0].slow_prefill = method[1].slow_prefill = method[0].slow_decode = "";
  EXPECT_FALSE(summarise(method, slow_full).speedup_ttft);
}

TEST(Summary, PeakMemoryIsAlsoShownBesideWeightsAndCache) {
  std::vector<Observation> rows{observation("a", 0, 200, 1, 0), observation("b", 0, 200, 1, 0)};
  EXPECT_FALSE(summarise(rows, {}).beside_bytes_max);
  rows[0].peak_bytes = 1000;
  rows[0].weights_bytes = 600;
  rows[0].kv_bytes = 100;
  rows[1].peak_bytes = 1100;
  rows[1].weights_bytes = 600;
  rows[1].kv_bytes = 250;
  EXPECT_DOUBLE_EQ(*summarise(rows, {}).beside_bytes_max, 300);
}

TEST(Summary, RowsThatFailedCountInNoFigure) {
  std::vector<Observation> full{observation("a", 0, 200, 1, 0), observation("b", 0, 200, 1, 0)};
  std::vector<Observation> method{observation("a", 0, 100, 1, 0), observation("b", 0, 1, 1, 100),
                                  observation("c", 0, 1, 1, 100), observation("d", 0, 1, 1, 100)};
  method[1].status = RowStatus::kOom;
  method[2].status = RowStatus::kError;
  method[2].error = "no such layer";
  method[3].status = RowStatus::kInvalid;
  method[1].error = "12 GiB wanted";
  method[3].error = "the logits differ";
  const CellSummary summary = summarise(method, full);
  EXPECT_EQ(summary.n, 1);
  EXPECT_EQ(summary.n_oom, 1);
  EXPECT_EQ(summary.n_error, 1);
  EXPECT_EQ(summary.n_invalid, 1);
  EXPECT_EQ(summary.oom_reason, "12 GiB wanted");
  EXPECT_EQ(summary.error, "no such layer");
  EXPECT_EQ(summary.invalid_reason, "the logits differ");
  EXPECT_DOUBLE_EQ(*summary.speedup_ttft, 2);
  EXPECT_DOUBLE_EQ(*summary.metrics[0].score, 0);
}

TEST(Summary, RowsThatFailedAreCountedAlsoWhenTheirSampleEndedWellOnce) {
  std::vector<Observation> rows{observation("a", 0, 10, 1, 0), observation("a", 1, 10, 1, 0),
                                observation("a", 2, 10, 1, 0), observation("b", 0, 10, 1, 0)};
  rows[1].status = RowStatus::kError;
  rows[2].status = RowStatus::kOom;
  const CellSummary summary = summarise(rows, {});
  EXPECT_EQ(summary.n, 2);
  EXPECT_EQ(summary.n_error, 0);
  EXPECT_EQ(summary.rows_error, 1);
  EXPECT_EQ(summary.rows_oom, 1);
  EXPECT_EQ(summary.rows_invalid, 0);
}

TEST(Summary, MediansAndQuartilesAreOverAllTimedRows) {
  std::vector<Observation> rows;
  for (int i = 1; i <= 5; ++i)
    rows.push_back(observation(std::string(1, static_cast<char>('a' + i)), 0, i * 10, 1, 0));
  rows.push_back(observation("z", 0, 0, 1, 0));
  rows.back().ttft_ms = std::nullopt;  // a cold shape has no time to first token
  const CellSummary summary = summarise(rows, {});
  EXPECT_DOUBLE_EQ(*summary.ttft_ms_median, 30);
  EXPECT_DOUBLE_EQ(*summary.ttft_ms_q1, 20);
  EXPECT_DOUBLE_EQ(*summary.ttft_ms_q3, 40);
  EXPECT_EQ(summary.n, 6);
  EXPECT_FALSE(summary.speedup_ttft);
}

TEST(Summary, ScoresAverageRoundsBeforeSamples) {
  const std::vector<Observation> rows{observation("a", 0, 1, 1, 100), observation("a", 1, 1, 1, 0),
                                      observation("b", 0, 1, 1, 100)};
  const CellSummary summary = summarise(rows, {});
  EXPECT_EQ(summary.rounds, 2);
  EXPECT_EQ(summary.metrics[0].n, 2);
  EXPECT_DOUBLE_EQ(*summary.metrics[0].score, 75);
  EXPECT_DOUBLE_EQ(*summary.metrics[0].score_stderr, 25);  // of 50 and 100
}

TEST(Summary, DeltasArePairedBySample) {
  const std::vector<Observation> full{observation("a", 0, 1, 1.0, 100),
                                      observation("b", 0, 1, 3.0, 100)};
  const std::vector<Observation> method{observation("a", 0, 1, 1.5, 0),
                                        observation("b", 0, 1, 3.7, 100)};
  const CellSummary summary = summarise(method, full);
  EXPECT_NEAR(*summary.answer_nll_mean, 2.6, 1e-12);
  EXPECT_NEAR(*summary.answer_nll_delta, 0.6, 1e-12);
  EXPECT_NEAR(*summary.answer_nll_delta_stderr, 0.1, 1e-12);  // of 0.5 and 0.7, not of 1.5 and 3.7
  EXPECT_FALSE(summary.answer_nll_delta_low) << "two samples tell nothing of their spread";
  EXPECT_DOUBLE_EQ(*summary.metrics[0].score_delta, -50);
  EXPECT_DOUBLE_EQ(*summary.metrics[0].score_delta_stderr, 50);
  EXPECT_FALSE(summary.metrics[0].score_delta_low);
}

TEST(Summary, WorkRatiosAreOfSums) {
  std::vector<Observation> rows{observation("a", 0, 1, 1, 0), observation("b", 0, 1, 1, 0)};
  rows[0].flops_full = 1000, rows[0].flops = 500;
  rows[1].flops_full = 200, rows[1].flops = 100;
  rows[1].kv_bytes_full = 300, rows[1].kv_bytes = 100;
  const CellSummary summary = summarise(rows, {});
  EXPECT_DOUBLE_EQ(*summary.ideal_speedup, 1200.0 / 600.0);
  EXPECT_DOUBLE_EQ(*summary.kv_ratio, 200.0 / 400.0);
}

TEST(Summary, TheBaselineHasSpeedUpOneWithoutIntervalAndNoDeltas) {
  const std::vector<Observation> rows{observation("a", 0, 10, 1, 0), observation("b", 0, 20, 1, 0)};
  const CellSummary summary = summarise_cell(rows, rows, true, kMetrics);
  EXPECT_DOUBLE_EQ(*summary.speedup_ttft, 1);
  EXPECT_FALSE(summary.speedup_ttft_low);
  EXPECT_FALSE(summary.answer_nll_delta);
  EXPECT_FALSE(summary.metrics[0].score_delta);
}

TEST(Summary, RandomWeightsShowTimesAndNoAccuracy) {
  std::vector<Observation> rows{observation("a", 0, 10, 1, 50)};
  rows[0].random_weights = true;
  const CellSummary summary = summarise(rows, rows);
  EXPECT_TRUE(summary.random_weights);
  EXPECT_DOUBLE_EQ(*summary.ttft_ms_median, 10);
  EXPECT_FALSE(summary.kl_first_token_mean);
  EXPECT_FALSE(summary.answer_nll_mean);
  EXPECT_FALSE(summary.answer_nll_delta);
  EXPECT_FALSE(summary.metrics[0].score);
}

TEST(Summary, NamesTheMostFrequentReasonForInactivity) {
  std::vector<Observation> rows{observation("a", 0, 1, 1, 0), observation("b", 0, 1, 1, 0),
                                observation("c", 0, 1, 1, 0)};
  rows[0].inactive_reason = "rare";
  rows[1].inactive_reason = rows[2].inactive_reason = "the prompt fits the budget";
  rows[0].active = true;
  const CellSummary summary = summarise(rows, {});
  EXPECT_EQ(summary.inactive_reason, "the prompt fits the budget");
  EXPECT_DOUBLE_EQ(*summary.active, 1.0 / 3.0);
}

}  // namespace
}  // namespace skipbench
