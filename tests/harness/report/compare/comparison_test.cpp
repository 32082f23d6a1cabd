#include "harness/report/compare/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/base/error.h"
#include "kernels/base/json.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/stored_rows.h"

namespace skipbench {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Two databases that a test fills; six samples a cell.
class ComparisonTest : public ::testing::Test {
 protected:
  /// What a cell's rows say: scores by sample, and changes to each row.
  using Change = std::function<void(SampleRow&)>;

  void write(
      const std::string& database, const PlannedCell& cell, const std::vector<double>& scores,
      const Change& change = [](SampleRow&) {}) {
    Store store(folder_ / database);
    const int64_t run = runs_.contains(database) ? runs_[database] : store.begin_run(example_run());
    runs_[database] = run;
    PlannedCell planned = cell;
    planned.expected_n = static_cast<int64_t>(scores.size());
    store.plan_cells(std::vector{planned});
    for (size_t i = 0; i < scores.size(); ++i) {
      SampleRow row = example_row(planned, std::to_string(i));
      row.scores = {{"exact_match", scores[i]}, {"contains_answer", 100}};
      change(row);
      store.write(run, std::vector{row});
    }
  }

  std::vector<Comparison> compare(const ComparisonRequest& request) {
    const StoreReader reader(folder_ / "a.db");
    return compare_methods(reader, reader, request);
  }
  std::vector<Comparison> compare_two(const ComparisonRequest& request) {
    const StoreReader first(folder_ / "a.db"), second(folder_ / "b.db");
    return compare_methods(first, second, request);
  }
  template <class Compare>
  static std::string error_of(Compare compare) {
    try {
      compare();
    } catch (const InputError& error) {
      return error.what();
    }
    return "no InputError";
  }

  const PlannedCell full_ = example_cell("full", 0);
  const PlannedCell half_ = example_cell("spts 50%", 1);
  const PlannedCell quarter_ = example_cell("spts 25%", 2);
  ScratchFolder folder_;
  std::map<std::string, int64_t> runs_;
};

TEST_F(ComparisonTest, DifferencesAreSecondMinusFirstOnTheSameSamples) {
  write("a.db", full_, {100, 100, 100, 100, 0, 100});
  write("a.db", half_, {0, 0, 0, 100, 0, 100});
  const std::vector<Comparison> comparisons = compare({.first = "full", .second = "spts 50%"});
  ASSERT_EQ(comparisons.size(), 1u);
  const ComparedTask& task = comparisons[0].tasks.at(0);
  EXPECT_EQ(task.name, "needle 1024");
  const ComparedFigure& score = task.figures.at(0);
  EXPECT_EQ(score.name, "exact_match");
  EXPECT_DOUBLE_EQ(*score.difference.mean, -50);
  EXPECT_DOUBLE_EQ(*score.first_mean - *score.second_mean, 50);
  // Three samples differ, all one way: 2 of 8 sign patterns.
  EXPECT_DOUBLE_EQ(score.difference.p.value, 0.25);
  EXPECT_TRUE(score.difference.p.exact);
  // 200 ms against 100 ms on every pair.
  EXPECT_EQ(task.ttft.pairs, 6);
  EXPECT_DOUBLE_EQ(*task.ttft.mean.mean, 2);
  EXPECT_DOUBLE_EQ(*task.ttft.median.median, 2);
}

TEST_F(ComparisonTest, AMethodsNameOrAGlobMeansEveryLabelItFits) {
  write("a.db", full_, {100, 0});
  write("a.db", half_, {0, 0});
  write("a.db", quarter_, {0, 100});
  for (const char* word : {"spts", "spts*", "*%"}) {
    std::vector<std::string> labels;
    for (const Comparison& c : compare({.first = "full", .second = word})) {
      labels.push_back(c.second);
    }
    EXPECT_THAT(labels, ElementsAre("spts 50%", "spts 25%")) << word;
  }
}

TEST_F(ComparisonTest, PValuesAreCorrectedForTheNumberOfLabels) {
  const std::vector<double> none(6, 0), all(6, 100);
  write("a.db", full_, all);
  write("a.db", half_, none);
  write("a.db", quarter_, none);
  for (const Comparison& comparison : compare({.first = "full", .second = "spts"})) {
    const ComparedFigure& score = comparison.tasks[0].figures[0];
    EXPECT_DOUBLE_EQ(score.difference.p.value, 2.0 / 64);
    EXPECT_DOUBLE_EQ(score.p_holm, 2 * 2.0 / 64);
  }
}

TEST_F(ComparisonTest, OverTasksEachTaskWeighsTheSame) {
  const PlannedCell full_long = example_cell("full", 0, "needle", "4096");
  const PlannedCell half_long = example_cell("spts 50%", 1, "needle", "4096");
  write("a.db", full_, {100, 100});
  write("a.db", half_, {0, 0});
  write("a.db", full_long, {100, 100, 100, 100});
  write("a.db", half_long, {100, 100, 100, 100});
  const Comparison comparison = compare({.first = "full", .second = "spts 50%"}).at(0);
  const ComparedFigure& score = comparison.over_tasks.at(0);
  EXPECT_EQ(score.name, "score");
  EXPECT_EQ(score.difference.tasks, 2);
  EXPECT_DOUBLE_EQ(*score.difference.mean, -50);
}

TEST_F(ComparisonTest, NamesThatMeanNothingGetTheNearest) {
  write("a.db", full_, {100});
  write("a.db", half_, {100});
  write("a.db", quarter_, {100});
  EXPECT_THAT(error_of([&] { compare({.first = "fulll", .second = "spts"}); }),
              AllOf(HasSubstr("a.db"), HasSubstr("did you mean 'full'?")));
  EXPECT_THAT(error_of([&] { compare({.first = "full", .second = "STPS"}); }),
              HasSubstr("no label or method 'STPS'; did you mean 'spts'?"));
  EXPECT_THAT(error_of([&] { compare({.first = "full", .second = "SPST*"}); }),
              HasSubstr("no label or method 'SPST*'; did you mean 'spts*'?"));
  EXPECT_THAT(error_of([&] { compare({.first = "spts", .second = "full"}); }),
              AllOf(HasSubstr("2 labels"), HasSubstr("'spts 50%', 'spts 25%'")));
  EXPECT_THAT(error_of([&] { compare({.first = "full", .second = "full"}); }),
              HasSubstr("compared with itself"));
}

TEST_F(ComparisonTest, TwoDatabasesPairBySampleAndNeverByTime) {
  write("a.db", full_, {100, 100, 0});
  write("b.db", full_, {100, 0, 0});
  const Comparison comparison = compare_two({.first = "full", .second = "full"}).at(0);
  EXPECT_DOUBLE_EQ(*comparison.tasks[0].figures[0].difference.mean, -100.0 / 3);
  EXPECT_EQ(comparison.tasks[0].ttft.pairs, 0);
  EXPECT_THAT(comparison.notes, ElementsAre(HasSubstr("never measured in turns")));
}

// As a search leaves them: each setting in rounds and a run of its own, the baseline beside it.
TEST_F(ComparisonTest, SettingsOfASearchPairBySampleAndByTimeOverTheBaseline) {
  const PlannedCell loose = example_cell("spts budgets x 2", 1);
  const PlannedCell tight = example_cell("spts budgets x 0.1", 2);
  int64_t round = 0;
  double full_ms = 0, setting_ms = 0;
  const auto measured_in_a_block = [&](const PlannedCell& setting, int64_t block,
                                       const std::vector<double>& scores) {
    runs_.erase("a.db");
    round = block;
    write("a.db", full_, {100, 100, 100, 100}, [&](SampleRow& row) {
      row.key.round = round;
      row.ttft_ms = full_ms;
    });
    write("a.db", setting, scores, [&](SampleRow& row) {
      row.key.round = round;
      row.ttft_ms = setting_ms;
    });
  };
  full_ms = 200, setting_ms = 100;  // 2 times faster
  measured_in_a_block(loose, 1, {100, 0, 100, 100});
  full_ms = 300, setting_ms = 50;  // 6 times, on a slower machine
  measured_in_a_block(tight, 2, {0, 0, 0, 100});
  runs_.erase("a.db");
  write("a.db", half_, {100, 100, 100, 0});  // an ordinary label: round 0

  const Comparison settings = compare({.first = loose.label, .second = tight.label}).at(0);
  const ComparedFigure& score = settings.tasks.at(0).figures.at(0);
  EXPECT_EQ(score.difference.prompts, 4);
  EXPECT_DOUBLE_EQ(*score.difference.mean, -50);
  EXPECT_DOUBLE_EQ(score.difference.p.value, 0.5);  // two samples differ, both one way
  EXPECT_TRUE(settings.tasks[0].ttft.over_baseline);
  EXPECT_EQ(settings.tasks[0].ttft.pairs, 4);
  EXPECT_DOUBLE_EQ(*settings.tasks[0].ttft.mean.mean, 3);
  EXPECT_DOUBLE_EQ(*settings.tasks[0].ttft.ratio_of_means, 3);
  EXPECT_THAT(settings.notes, Contains(HasSubstr("speed-ups over the baseline")));

  const Comparison ordinary = compare({.first = half_.label, .second = loose.label}).at(0);
  EXPECT_EQ(ordinary.tasks.at(0).figures.at(0).difference.prompts, 4);
  EXPECT_DOUBLE_EQ(*ordinary.tasks[0].figures[0].difference.mean, 0);
  EXPECT_EQ(ordinary.tasks[0].ttft.pairs, 0) << "nothing was timed beside both";

  const Comparison full = compare({.first = "full", .second = loose.label}).at(0);
  EXPECT_FALSE(full.tasks.at(0).ttft.over_baseline);
  EXPECT_DOUBLE_EQ(*full.tasks[0].ttft.mean.mean, 2);
}

TEST_F(ComparisonTest, OtherDataOrModelOrProtocolIsRefusedOrNoted) {
  write("a.db", full_, {100});
  write("b.db", full_, {100}, [](SampleRow& row) { row.key.data_hash = "other-data"; });
  EXPECT_THAT(
      error_of([&] { compare_two({.first = "full", .second = "full"}); }),
      AllOf(HasSubstr("needle 1024: data data-hash and other-data"), HasSubstr("--allow-mixed")));
  const Comparison mixed =
      compare_two({.first = "full", .second = "full", .experiment = "", .allow_mixed = true}).at(0);
  EXPECT_THAT(mixed.notes[0], HasSubstr("mixed: needle 1024 (data"));
}

TEST_F(ComparisonTest, RandomWeightsAreComparedByTimeAlone) {
  const auto random = [](SampleRow& row) { row.random_weights = true; };
  write("a.db", full_, {100, 100}, random);
  write("a.db", half_, {0, 0}, random);
  const ComparedTask task = compare({.first = "full", .second = "spts 50%"}).at(0).tasks.at(0);
  EXPECT_TRUE(task.figures.empty());
  EXPECT_EQ(task.ttft.pairs, 2);
}

// Rows that ended well beside one that failed its self-check are no figures either.
TEST_F(ComparisonTest, WhatTablesWithholdIsLeftOutAndSaid) {
  write("a.db", full_, {100, 100, 100, 100});
  write("a.db", half_, {0, 0, 0, 0}, [first = true](SampleRow& row) mutable {
    if (first) row.status = RowStatus::kInvalid;
    first = false;
  });
  const Comparison comparison = compare({.first = "full", .second = "spts 50%"}).at(0);
  EXPECT_THAT(comparison.tasks, IsEmpty());
  EXPECT_THAT(comparison.notes, ElementsAre("left out: needle 1024 of spts 50%: invalid"));
}

TEST_F(ComparisonTest, AnInactiveMethodIsComparedByAccuracyAlone) {
  write("a.db", full_, {100, 100});
  write("a.db", half_, {100, 0}, [](SampleRow& row) {
    row.active = false;
    row.ttft_ms = 20;
  });
  const ComparedTask task = compare({.first = "full", .second = "spts 50%"}).at(0).tasks.at(0);
  EXPECT_EQ(task.figures.at(0).difference.mean, -50);
  EXPECT_EQ(task.ttft.pairs, 0);
}

TEST_F(ComparisonTest, SpeedupsAboveWhatTheSavedWorkAllowsAreMarked) {
  const std::vector<double> scores(6, 100.0);
  write("a.db", full_, scores);
  write("a.db", half_, scores, [](SampleRow& row) { row.ttft_ms = 40; });
  const auto comparisons = compare({.first = "full", .second = "spts 50%"});
  EXPECT_THAT(print_comparisons_text(comparisons, 0),
              AllOf(HasSubstr("5.00x [5.00, 5.00]†"),
                    HasSubstr("too-fast: spts 50% on needle 1024 is faster than its saved work")));
  EXPECT_EQ(Json::parse(print_comparisons_json(
                comparisons))["comparisons"][0]["tasks"][0]["ttft"]["too_fast"],
            true);
}

TEST_F(ComparisonTest, TextAndJsonSayTheSame) {
  write("a.db", full_, {100, 100, 100, 100, 0, 100});
  write("a.db", half_, {0, 0, 0, 100, 0, 100});
  const auto comparisons = compare({.first = "full", .second = "spts 50%"});
  const std::string text = print_comparisons_text(comparisons, 0);
  EXPECT_THAT(text, AllOf(HasSubstr("spts 50% against full"), HasSubstr("-50.0 [-100.0, +7.5]"),
                          HasSubstr(".250"), HasSubstr("2.00x")));
  const Json json = Json::parse(print_comparisons_json(comparisons));
  const Json& figure = json["comparisons"][0]["tasks"][0]["figures"][0];
  EXPECT_EQ(figure["figure"], "exact_match");
  EXPECT_DOUBLE_EQ(figure["difference"], -50);
  EXPECT_DOUBLE_EQ(figure["p"], 0.25);
}

// Tables and comparisons ask in their own ways about the same ratios.
TEST_F(ComparisonTest, ASpeedUpHasTheIntervalsThatTheTablesHave) {
  const std::vector<double> scores(6, 100.0);
  write("a.db", full_, scores);
  write("a.db", half_, scores, [sample = 0](SampleRow& row) mutable {
    row.ttft_ms = 100 + 7 * sample * sample;
    row.e2e_ms = 150 + 11 * sample * sample;
    ++sample;
  });
  const CellSummary s = StoreReader(folder_ / "a.db").cells("demo")[1].summary;
  const ComparedTask task = compare({.first = "full", .second = "spts 50%"})[0].tasks[0];
  ASSERT_LT(*s.speedup_ttft_low, *s.speedup_ttft_high);
  EXPECT_EQ(task.ttft.mean.interval->low, s.speedup_ttft_low);
  EXPECT_EQ(task.ttft.mean.interval->high, s.speedup_ttft_high);
  EXPECT_EQ(task.ttft.median.interval->low, s.speedup_ttft_median_low);
  EXPECT_EQ(task.ttft.median.interval->high, s.speedup_ttft_median_high);
  EXPECT_EQ(task.end_to_end.mean.interval->low, s.speedup_e2e_low);
  EXPECT_EQ(task.end_to_end.mean.interval->high, s.speedup_e2e_high);
}

}  // namespace
}  // namespace skipbench
