#include "harness/search/reading.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace skipbench {
namespace {

using testing::HasSubstr;

CellSummary text_cell(double nll_delta, double standard_error, double score_delta) {
  CellSummary cell;
  cell.n = 4;
  cell.answer_nll_delta = nll_delta;
  cell.answer_nll_delta_stderr = standard_error;
  cell.ideal_speedup = 1.5;
  cell.kv_ratio = 0.5;
  cell.decode_kv_share = 0.25;
  cell.decode_ffn_share = 0.75;
  cell.metrics.resize(2);
  cell.metrics[0].score_delta = score_delta;
  cell.metrics[0].score_delta_stderr = 3;
  return cell;
}

CellSummary speed_cell() {
  CellSummary cell;
  cell.n = 4;
  cell.speedup_ttft = 2;
  // t(.975, 3) standard errors of .05 in the logarithm.
  cell.speedup_ttft_low = 2 * std::exp(-3.1824463052837084 * 0.05);
  cell.speedup_ttft_high = 2 * std::exp(3.1824463052837084 * 0.05);
  cell.speedup_ttft_degrees = 3;
  cell.ideal_speedup = 2.5;
  cell.kv_ratio = 0.7;
  return cell;
}

TEST(ReadProbe, AveragesTheTasksThatHaveTheFigure) {
  const std::vector cells{text_cell(0.02, 0.03, -2), text_cell(0.06, 0.04, 0), speed_cell()};
  const Probe probe = read_probe(0.5, SearchFigure::kAnswerNllIncrease, cells);
  EXPECT_EQ(probe.factor, 0.5);
  EXPECT_DOUBLE_EQ(*probe.value, 0.04);
  EXPECT_DOUBLE_EQ(*probe.standard_error, 0.025);  // sqrt(0.03² + 0.04²) / 2
  EXPECT_NEAR(probe.ideal_speedup, std::cbrt(1.5 * 1.5 * 2.5), 1e-12);
  EXPECT_NEAR(probe.kv_ratio, (0.5 + 0.5 + 0.7) / 3, 1e-12);
  EXPECT_EQ(probe.decode_kv_share, 0.25);
  EXPECT_EQ(probe.decode_ffn_share, 0.75);
}

TEST(ReadProbe, ADropIsWhatTheMainMetricLost) {
  const std::vector cells{text_cell(0, 0, -2), text_cell(0, 0, 1)};
  const Probe probe = read_probe(1, SearchFigure::kScoreDrop, cells);
  EXPECT_DOUBLE_EQ(*probe.value, 0.5);
  EXPECT_DOUBLE_EQ(*probe.standard_error, std::sqrt(18.0) / 2);
}

TEST(ReadProbe, TakesTheStandardErrorOfASpeedUpFromItsInterval) {
  const std::vector cells{speed_cell()};
  const Probe probe = read_probe(1, SearchFigure::kSpeedupTtft, cells);
  EXPECT_DOUBLE_EQ(*probe.value, 2);
  EXPECT_NEAR(*probe.standard_error, 0.1, 1e-9);
}

TEST(ReadProbe, AveragesSpeedupsByTheirLogarithms) {
  std::vector cells{speed_cell(), speed_cell()};
  for (auto* bound :
       {&cells[1].speedup_ttft, &cells[1].speedup_ttft_low, &cells[1].speedup_ttft_high}) {
    **bound *= 4;
  }
  const Probe probe = read_probe(1, SearchFigure::kSpeedupTtft, cells);
  EXPECT_NEAR(*probe.value, 4, 1e-12);  // of 2 and 8
  EXPECT_NEAR(*probe.standard_error, 4 * 0.05 / std::sqrt(2.0), 1e-9);
}

TEST(ReadProbe, HasNoFigureWhereRowsFailed) {
  std::vector cells{text_cell(0.02, 0.01, 0), text_cell(0.02, 0.01, 0)};
  cells[1].rows_oom = 1;
  cells[1].oom_reason = "12 GiB wanted";
  const Probe probe = read_probe(1, SearchFigure::kAnswerNllIncrease, cells);
  EXPECT_FALSE(probe.value);
  EXPECT_EQ(probe.why, "out of memory: 12 GiB wanted");
}

TEST(ReadProbe, SaysThatNoTaskHasTheFigure) {
  const std::vector cells{speed_cell()};
  const Probe probe = read_probe(1, SearchFigure::kAnswerNllIncrease, cells);
  EXPECT_FALSE(probe.value);
  EXPECT_THAT(probe.why, HasSubstr("no task has answer_nll_increase"));
}

}  // namespace
}  // namespace skipbench
