#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <functional>

#include "harness/report/claims/measured_claim.h"
#include "harness/report/report.h"
#include "kernels/base/json.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/stored_rows.h"
#include "tests/support/write_file.h"

namespace skipbench {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr double kStudent7 = 2.364624251592785;  // its .975 quantile of 7 degrees of freedom

struct MeanAndInterval {
  double mean, low, high;
};

/// Eight values' mean with Student's interval, in plain loops.
MeanAndInterval student(const std::vector<double>& values) {
  double sum = 0, squares = 0;
  for (const double value : values) sum += value;
  const double mean = sum / 8;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double half = kStudent7 * std::sqrt(squares / 7) / std::sqrt(8.0);
  return {mean, mean - half, mean + half};
}

/// Databases of full attention and two methods, eight samples a task. Sample i of "spts 50%" is
/// wrong where i is 1 or 4, and takes 100 / (1 + i / 100) ms; of "spts 25%" all are wrong and take
/// 80 ms.
class ClaimsTest : public testing::Test {
 protected:
  using Change = std::function<void(SampleRow&)>;

  ClaimsTest() {
    write_file(folder_ / "paper.yaml",
               "source: A paper\nsetup: a slide rule\n"
               "figures: [{model: SmolLM2, row: ours, column: TTFT, value: 2}]\n");
  }

  std::filesystem::path database(
      const std::string& name, const std::string& model = "smollm2-135m",
      const Change& change = [](SampleRow&) {}) {
    Store store(folder_ / name);
    const int64_t run = store.begin_run(example_run());
    for (const char* subset : {"1024", "4096"}) {
      std::vector<PlannedCell> cells{example_cell("full", 0, "needle", subset),
                                     example_cell("spts 50%", 1, "needle", subset),
                                     example_cell("spts 25%", 2, "needle", subset)};
      for (PlannedCell& cell : cells) {
        cell.model = model;
        cell.expected_n = 8;
      }
      store.plan_cells(cells);
      for (int i = 0; i < 8; ++i) {
        std::vector<SampleRow> rows;
        for (const PlannedCell& cell : cells) rows.push_back(row_of(cell, i, change));
        store.write(run, rows);
      }
    }
    store.summarise("demo");
    store.end_run(run, "done");
    return folder_ / name;
  }

  /// The rows of a claim with these keys beside those that every claim has.
  std::vector<MeasuredClaim> measure(const std::vector<std::filesystem::path>& databases,
                                     const std::string& keys) {
    write_claims(keys);
    experiments_.clear();
    sources_.clear();
    readers_.clear();
    for (const auto& each : databases) {
      const StoreReader& reader = readers_.emplace_back(each);
      sources_.push_back({reader, experiments_.emplace_back(load_experiments(reader, "", false))});
    }
    return measure_claim(load_claims(folder_ / "claims.yaml").claims.at(0), sources_);
  }

  void write_claims(const std::string& keys) {
    write_file(
        folder_ / "claims.yaml",
        "published: paper.yaml\nclaims:\n  - id: one\n    claim: is good\n    where: table 1\n"
        "    published: [{model: SmolLM2, row: ours, column: TTFT}]\n" +
            keys + two_);
  }

  ScratchFolder folder_;
  // A second claim that no database here can decide.
  const std::string two_ =
      "  - id: two\n    claim: is best\n    where: page 7\n    label: absent\n"
      "    holds: kv_ratio < 1\n"
      "    published: [{model: SmolLM2, row: ours, column: TTFT}]\n";
  std::deque<StoreReader> readers_;
  std::deque<std::vector<ExperimentData>> experiments_;
  std::vector<ClaimSource> sources_;

 private:
  static SampleRow row_of(const PlannedCell& cell, int sample, const Change& change) {
    SampleRow row = example_row(cell, std::to_string(sample));
    const bool half = cell.label == "spts 50%";
    const bool right = cell.is_baseline || (half && sample != 1 && sample != 4);
    row.scores = {{"exact_match", right ? 100 : 0}, {"contains_answer", 100}};
    if (half) row.ttft_ms = 100 / (1 + 0.01 * sample);
    if (cell.label == "spts 25%") row.ttft_ms = 80;
    change(row);
    return row;
  }
};

const std::string kHalf = "    label: spts 50%\n    tasks: \"1024\"\n";

TEST_F(ClaimsTest, ARowSaysWhatPlainLoopsSayOfItsSamples) {
  std::vector<double> drops, logs;
  for (int i = 0; i < 8; ++i) {
    drops.push_back(i == 1 || i == 4 ? 100 : 0);
    logs.push_back(std::log(2 * (1 + 0.01 * i)));
  }
  const auto rows =
      measure({database("a.db")}, kHalf + "    holds: score_drop < 1 and speedup_ttft >= 1.5\n");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].label, "spts 50%");
  EXPECT_EQ(rows[0].against, "full") << "the baseline, where nothing else is named";
  const MeasuredCondition &drop = rows[0].conditions.at(0), &speed = rows[0].conditions.at(1);
  const MeanAndInterval points = student(drops), times = student(logs);
  EXPECT_NEAR(*drop.value, points.mean, 1e-9);
  EXPECT_NEAR(drop.interval->low, points.low, 1e-6);
  EXPECT_NEAR(drop.interval->high, points.high, 1e-6);
  EXPECT_EQ(drop.n, 8);
  EXPECT_NEAR(*speed.value, std::exp(times.mean), 1e-9);
  EXPECT_NEAR(speed.interval->low, std::exp(times.low), 1e-6);
  EXPECT_NEAR(speed.interval->high, std::exp(times.high), 1e-6);
  EXPECT_EQ(drop.verdict, ClaimVerdict::kNotDistinguishable) << "from -13.7 to 63.7";
  EXPECT_EQ(speed.verdict, ClaimVerdict::kReproduced);
  EXPECT_EQ(rows[0].verdict, ClaimVerdict::kNotDistinguishable);
}

TEST_F(ClaimsTest, ASpeedUpOverTheBaselineIsTheSummarysWithItsInterval) {
  const auto rows = measure({database("a.db")}, kHalf + "    holds: speedup_ttft >= 2\n");
  const CellSummary& summary = rows.at(0).cells.at(0)->record.summary;
  EXPECT_NEAR(*rows[0].conditions[0].value, *summary.speedup_ttft, 1e-12);
  EXPECT_NEAR(rows[0].conditions[0].interval->low, *summary.speedup_ttft_low, 1e-12);
  EXPECT_NEAR(rows[0].conditions[0].interval->high, *summary.speedup_ttft_high, 1e-12);
}

TEST_F(ClaimsTest, MovingTheBoundThroughTheIntervalMovesTheVerdict) {
  const auto file = database("a.db");
  const auto verdict = [&](double bound) {
    const std::string holds = fmt::format("    holds: speedup_ttft >= {}\n", bound);
    return measure({file}, kHalf + holds).at(0).verdict;
  };
  const Interval interval =
      *measure({file}, kHalf + "    holds: speedup_ttft >= 1\n")[0].conditions[0].interval;
  EXPECT_EQ(verdict(interval.low - 1e-6), ClaimVerdict::kReproduced);
  EXPECT_EQ(verdict(interval.low + 1e-6), ClaimVerdict::kNotDistinguishable);
  EXPECT_EQ(verdict(interval.high - 1e-6), ClaimVerdict::kNotDistinguishable);
  EXPECT_EQ(verdict(interval.high + 1e-6), ClaimVerdict::kContradicted);
}

TEST_F(ClaimsTest, TwoLabelsAreComparedWithEachOther) {
  const auto rows = measure({database("a.db")},
                            "    label: [missing, spts 25%]\n    against: spts 50%\n"
                            "    holds: score_gain > 0 and speedup_ttft > 1 and kv_ratio <= 1\n");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_DOUBLE_EQ(*rows[0].conditions[0].value, -75) << "over both tasks";
  EXPECT_EQ(rows[0].conditions[0].n, 16);
  EXPECT_EQ(rows[0].conditions[0].tasks, 2u);
  EXPECT_EQ(rows[0].conditions[1].verdict, ClaimVerdict::kReproduced);
  EXPECT_DOUBLE_EQ(*rows[0].conditions[2].value, 1) << "500 of 500 bytes";
  EXPECT_EQ(rows[0].conditions[2].verdict, ClaimVerdict::kReproduced);
  EXPECT_EQ(rows[0].verdict, ClaimVerdict::kContradicted) << "by the score alone";
}

TEST_F(ClaimsTest, DropAndGainAreEachOthersMirror) {
  const auto rows =
      measure({database("a.db")}, kHalf + "    holds: score_drop < 1 and score_gain > -1\n");
  const MeasuredCondition &drop = rows.at(0).conditions.at(0), &gain = rows[0].conditions.at(1);
  EXPECT_DOUBLE_EQ(*drop.value, -*gain.value);
  EXPECT_DOUBLE_EQ(drop.interval->low, -gain.interval->high);
  EXPECT_DOUBLE_EQ(drop.interval->high, -gain.interval->low);
}

TEST_F(ClaimsTest, EachModelOfEachDatabaseAndEachLabelOfAGlobHasARow) {
  const auto rows = measure({database("a.db"), database("b.db", "llama")},
                            "    label: \"spts*\"\n    holds: speedup_ttft > 1\n");
  std::vector<std::string> names;
  for (const MeasuredClaim& row : rows) names.push_back(row.model + " " + row.label);
  EXPECT_THAT(names, ElementsAre("smollm2-135m spts 50%", "smollm2-135m spts 25%", "llama spts 50%",
                                 "llama spts 25%"));
  EXPECT_EQ(rows[2].reader->file().filename(), "b.db");
}

TEST_F(ClaimsTest, WithoutItsLabelsTaskOrModelAClaimIsNotMeasured) {
  const auto file = database("a.db");
  for (const char* keys : {"    label: absent\n", "    label: spts 50%\n    against: absent\n",
                           "    label: spts 50%\n    tasks: \"2048\"\n",
                           "    label: spts 50%\n    models: \"*llama*\"\n"}) {
    const auto rows = measure({file}, keys + std::string("    holds: speedup_ttft > 1\n"));
    ASSERT_EQ(rows.size(), 1u) << keys;
    EXPECT_EQ(rows[0].verdict, ClaimVerdict::kNotMeasured) << keys;
    EXPECT_EQ(rows[0].reader, nullptr);
    EXPECT_FALSE(rows[0].conditions.at(0).value);
  }
}

TEST_F(ClaimsTest, WhatReportsWithholdIsNotMeasured) {
  struct Case {
    const char *reason, *holds;
    Change change;
  };
  const auto is_half = [](const SampleRow& row) { return row.key.label == "spts 50%"; };
  const std::vector<Case> cases{
      {"random-weights", "score_drop < 90", [](SampleRow& row) { row.random_weights = true; }},
      {"too-fast", "speedup_ttft > 1",
       [&](SampleRow& row) {
         if (is_half(row)) *row.ttft_ms /= 20;
       }},
      {"slow-path", "speedup_ttft > 1",
       [&](SampleRow& row) {
         if (is_half(row)) row.slow_prefill = "sparse_attention: no kernel for the CPU";
       }},
      {"slow-path", "speedup_e2e > 1",
       [&](SampleRow& row) {
         if (is_half(row)) row.slow_decode = "sparse_attention: no kernel for the CPU";
       }},
      {"inactive", "speedup_ttft > 1",
       [&](SampleRow& row) {
         if (is_half(row)) row.active = false;
       }},
      {"invalid", "score_drop < 90",
       [&](SampleRow& row) {
         if (is_half(row)) row.status = RowStatus::kInvalid;
       }},
      {"outdated", "score_drop < 90",
       [&](SampleRow& row) {
         if (is_half(row)) row.key.dtype = "bf16";
       }},
  };
  for (const Case& each : cases) {
    const auto file = database(fmt::format("{}.db", &each - cases.data()), "m", each.change);
    const auto rows = measure({file}, kHalf + "    holds: " + each.holds + "\n");
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].verdict, ClaimVerdict::kNotMeasured) << each.reason;
    EXPECT_FALSE(rows[0].conditions[0].value) << each.reason;
    EXPECT_THAT(rows[0].conditions[0].reason, HasSubstr(each.reason));
  }
  // The same claims of the same database without such a change.
  for (const Case& each : cases) {
    const auto rows = measure({database("sound.db")}, kHalf + "    holds: " + each.holds + "\n");
    EXPECT_EQ(rows.at(0).verdict, ClaimVerdict::kReproduced) << each.holds;
    std::filesystem::remove(folder_ / "sound.db");
  }
}

TEST_F(ClaimsTest, RandomWeightsStillHaveTimes) {
  const auto random = [](SampleRow& row) { row.random_weights = true; };
  const auto rows = measure({database("a.db", "random:llama", random)},
                            kHalf + "    holds: score_drop < 90 and speedup_ttft > 1\n");
  EXPECT_EQ(rows.at(0).conditions.at(0).verdict, ClaimVerdict::kNotMeasured);
  EXPECT_EQ(rows[0].conditions.at(1).verdict, ClaimVerdict::kReproduced);
  EXPECT_EQ(rows[0].verdict, ClaimVerdict::kNotMeasured);
}

TEST_F(ClaimsTest, TasksThatAreWithheldAreLeftOutAndCounted) {
  const auto slow = [](SampleRow& row) {
    if (row.key.label == "spts 50%" && row.key.subset == "4096") row.slow_prefill = "slow";
  };
  const auto rows =
      measure({database("a.db", "m", slow)}, "    label: spts 50%\n    holds: speedup_ttft > 1\n");
  const MeasuredCondition& speed = rows.at(0).conditions.at(0);
  EXPECT_EQ(speed.tasks, 1u);
  EXPECT_EQ(speed.of_tasks, 2u);
  EXPECT_EQ(speed.reason, "slow-path");
}

TEST_F(ClaimsTest, AnInactiveTaskCountsAmongActiveOnesAsItDoesInMeans) {
  const auto inactive = [](SampleRow& row) {
    if (row.key.label == "spts 50%" && row.key.subset == "4096") row.active = false;
  };
  const auto rows = measure({database("a.db", "m", inactive)},
                            "    label: spts 50%\n    holds: score_drop < 90\n");
  EXPECT_EQ(rows.at(0).conditions.at(0).tasks, 2u);
  EXPECT_EQ(rows[0].conditions[0].inactive_tasks, 1u);
}

TEST_F(ClaimsTest, EqualDifferencesHaveNoIntervalAndDistinguishNothing) {
  const auto rows = measure({database("a.db")},
                            "    label: spts 25%\n    tasks: \"1024\"\n"
                            "    holds: score_drop < 200\n");
  EXPECT_DOUBLE_EQ(*rows.at(0).conditions.at(0).value, 100);
  EXPECT_FALSE(rows[0].conditions[0].interval);
  EXPECT_EQ(rows[0].verdict, ClaimVerdict::kNotDistinguishable);
}

TEST_F(ClaimsTest, EveryFormatShowsEveryClaimWithItsVerdict) {
  const std::vector<std::filesystem::path> databases{database("a.db"), database("b.db", "llama")};
  write_claims(kHalf + "    holds: speedup_ttft >= 1.5\n");
  ReportOptions options;
  options.claims = folder_ / "claims.yaml";
  options.width = 0;
  for (const std::string_view format : report_formats()) {
    options.format = format;
    const std::string text = render_claims(databases, options);
    for (const char* part : {"one", "is good", "table 1", "two", "is best", "page 7", "reproduced",
                             "not measured", "smollm2-135m", "llama", "spts 50", "1.5"}) {
      EXPECT_THAT(text, HasSubstr(part)) << format;
    }
  }
  options.format = "text";
  EXPECT_THAT(render_claims(databases, options),
              AllOf(HasSubstr("2 claims; verdicts, one a row: 2 reproduced, 0 not "
                              "distinguishable, 0 contradicted, 1 not measured."),
                    HasSubstr("one: is good [speedup_ttft >= 1.5]"),
                    HasSubstr("published: SmolLM2 ours TTFT 2.00"), HasSubstr("a.db"),
                    HasSubstr("b.db"), HasSubstr(std::string(kVerdictRules))));
}

TEST_F(ClaimsTest, JsonHoldsFiguresAtFullPrecisionAndTheCellsBehindThem) {
  const std::vector<std::filesystem::path> databases{database("a.db")};
  const auto rows = measure(databases, kHalf + "    holds: speedup_ttft >= 1.5\n");
  ReportOptions options;
  options.format = "json";
  options.claims = folder_ / "claims.yaml";
  options.provenance = true;
  const Json json = Json::parse(render_claims(databases, options));
  const Json& row = json.at("claims").at(0).at("rows").at(0);
  EXPECT_EQ(row.at("verdict"), "reproduced");
  EXPECT_EQ(row.at("conditions").at(0).at("measured"), *rows[0].conditions[0].value);
  EXPECT_EQ(row.at("conditions").at(0).at("low"), rows[0].conditions[0].interval->low);
  ASSERT_EQ(row.at("from").size(), 2u) << "the label's and the baseline's";
  EXPECT_EQ(row.at("from").at(0).at("rows_by_run").at(0).at("rows"), 8);
  EXPECT_EQ(json.at("runs").size(), 1u);
}

}  // namespace
}  // namespace skipbench
