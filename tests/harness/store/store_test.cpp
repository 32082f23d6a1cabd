#include "harness/store/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "harness/store/database.h"
#include "kernels/base/error.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/stored_rows.h"

namespace skipbench {
namespace {

using ::testing::ElementsAre;

/// All rows of a query, columns joined by '|', NULL as "NULL".
std::vector<std::string> query(const std::filesystem::path& file, std::string_view sql,
                               int columns) {
  Database database(file, Database::Mode::kReadOnly);
  Statement statement(database, sql);
  std::vector<std::string> rows;
  while (statement.step()) {
    std::string row;
    for (int i = 0; i < columns; ++i) {
      if (i > 0) row += '|';
      row += statement.is_null(i) ? "NULL" : statement.text(i);
    }
    rows.push_back(row);
  }
  return rows;
}

class StoreTest : public ::testing::Test {
 protected:
  const PlannedCell full_ = example_cell("full", 0);
  const PlannedCell spts_ = example_cell("spts", 1);
  ScratchFolder folder_;
  const std::filesystem::path file_ = folder_ / "demo.db";
};

TEST_F(StoreTest, KnowsAWrittenRowAndNoOther) {
  Store store(file_);
  const int64_t run = store.begin_run(example_run());
  store.plan_cells(std::vector{full_, spts_});
  const SampleRow row = example_row(full_, "a");
  EXPECT_FALSE(store.has(row.key));
  store.write(run, std::vector{row});
  EXPECT_TRUE(store.has(row.key));
  EXPECT_THAT(query(file_, "SELECT new_token_ids FROM sample_row", 1), ElementsAre("[5,7,9]"));

  EXPECT_FALSE(store.has(example_row(full_, "b").key));
  EXPECT_FALSE(store.has(example_row(full_, "a", 1).key));
  EXPECT_FALSE(store.has(example_row(spts_, "a").key));
}

// One change to each part of the key makes another row.
TEST_F(StoreTest, EveryPartOfTheKeyCounts) {
  Store store(file_);
  const int64_t run = store.begin_run(example_run());
  store.plan_cells(std::vector{full_});
  const RowKey key = example_row(full_, "a").key;
  store.write(run, std::vector{example_row(full_, "a")});
  for (std::string RowKey::*part :
       {&RowKey::experiment, &RowKey::model, &RowKey::model_hash, &RowKey::label, &RowKey::method,
        &RowKey::method_hash, &RowKey::task, &RowKey::subset, &RowKey::data_hash,
        &RowKey::sample_id, &RowKey::protocol_hash, &RowKey::dtype, &RowKey::device,
        &RowKey::code_version}) {
    RowKey other = key;
    other.*part += "x";
    EXPECT_FALSE(store.has(other)) << key.*part;
  }
  RowKey other = key;
  other.seed = 1;
  EXPECT_FALSE(store.has(other));
}

TEST_F(StoreTest, ARowIsNeverWrittenTwice) {
  Store store(file_);
  const int64_t run = store.begin_run(example_run());
  store.plan_cells(std::vector{full_});
  SampleRow row = example_row(full_, "a");
  store.write(run, std::vector{row});
  row.prediction = "another answer";
  row.scores[0].second = 0;
  store.write(run, std::vector{row, row});
  EXPECT_THAT(query(file_, "SELECT prediction, score FROM samples WHERE metric = 'exact_match'", 2),
              ElementsAre("the answer|100.0"));
  EXPECT_THAT(query(file_, "SELECT count(*) FROM layer_record", 1), ElementsAre("1"));
}

TEST_F(StoreTest, AUnitIsWrittenWholeOrNotAtAll) {
  Store store(file_);
  const int64_t run = store.begin_run(example_run());
  store.plan_cells(std::vector{full_});
  const SampleRow good = example_row(full_, "a"), unplanned = example_row(spts_, "a");
  EXPECT_THROW(store.write(run, std::vector{good, unplanned}), ContractError);
  EXPECT_FALSE(store.has(good.key));
  store.write(run, std::vector{good});  // ids that the failed transaction made are forgotten
  EXPECT_TRUE(store.has(good.key));
}

TEST_F(StoreTest, RowsOutliveTheProcess) {
  const SampleRow row = example_row(full_, "a");
  {
    Store store(file_);
    store.plan_cells(std::vector{full_});
    store.write(store.begin_run(example_run()), std::vector{row});
  }
  EXPECT_TRUE(Store(file_).has(row.key));
}

TEST_F(StoreTest, AFinishedDatabaseIsOneFile) {
  Store store(file_);
  const int64_t run = store.begin_run(example_run());
  store.plan_cells(std::vector{full_});
  store.write(run, std::vector{example_row(full_, "a")});
  EXPECT_TRUE(std::filesystem::exists(file_.string() + "-wal"));
  store.end_run(run, "done");
  EXPECT_FALSE(std::filesystem::exists(file_.string() + "-wal"));
  std::filesystem::copy_file(file_, folder_ / "copy.db");
  EXPECT_THAT(query(folder_ / "copy.db", "SELECT count(*) FROM sample_row", 1), ElementsAre("1"));
  EXPECT_THAT(query(file_, "SELECT outcome, ended_at >= started_at FROM run", 2),
              ElementsAre("done|1"));
}

TEST_F(StoreTest, NaNIsNull) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  SampleRow row = example_row(full_, "a");
  row.answer_nll = nan;
  row.kl_first_token = std::nullopt;
  row.scores = {{"exact_match", nan}};
  Store store(file_);
  store.plan_cells(std::vector{full_});
  store.write(store.begin_run(example_run()), std::vector{row});
  store.summarise("demo");
  EXPECT_THAT(query(file_, "SELECT answer_nll, kl_first_token, score FROM samples", 3),
              ElementsAre("NULL|NULL|NULL"));
  EXPECT_THAT(query(file_, "SELECT metric, score, answer_nll_mean, n FROM cells", 4),
              ElementsAre("exact_match|NULL|NULL|1", "contains_answer|NULL|NULL|1"));
}

TEST_F(StoreTest, AFailedRowHasNoFigures) {
  SampleRow row = example_row(full_, "a");
  row.status = RowStatus::kOom;
  row.ttft_ms = row.kl_first_token = row.answer_nll = std::nullopt;
  row.scores.clear();
  Store store(file_);
  store.plan_cells(std::vector{full_});
  store.write(store.begin_run(example_run()), std::vector{row});
  EXPECT_THAT(query(file_,
                    "SELECT status, prompt_tokens, new_tokens, kv_bytes, flops, attention_share, "
                    "ffn_share, attention_pair_share, kv_share, active, ttft_ms FROM samples",
                    11),
              ElementsAre("oom|1000|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL"));
}

TEST_F(StoreTest, SamplesSayWhichOfThemTheTablesCount) {
  SampleRow old_row = example_row(full_, "a"), new_row = example_row(full_, "a");
  new_row.key.code_version = "core2-full";
  Store store(file_);
  store.plan_cells(std::vector{full_});
  const int64_t run = store.begin_run(example_run());
  store.write(run, std::vector{old_row});
  store.write(run, std::vector{new_row});
  EXPECT_THAT(query(file_,
                    "SELECT code_version, current FROM samples WHERE metric = 'exact_match' "
                    "ORDER BY code_version",
                    2),
              ElementsAre("core1-full|0", "core2-full|1"));
}

TEST_F(StoreTest, KeepsEveryLayersCounts) {
  Store store(file_);
  store.plan_cells(std::vector{full_});
  store.write(store.begin_run(example_run()), std::vector{example_row(full_, "a")});
  EXPECT_THAT(query(file_, "SELECT counts FROM layer_record", 1),
              ElementsAre("[[1000,1000,1000,1000],[500,250,500,500]]"));
}

TEST_F(StoreTest, LayersInARowThatCountAlikeAreStoredOnceWithTheirNumber) {
  SampleRow row = example_row(full_, "a");
  row.layers = {{9, 9, 9, 9}, {9, 9, 9, 9}, {9, 9, 9, 9}, {5, 4, 5, 5}, {9, 9, 9, 9}, {9, 9, 9, 8}};
  Store store(file_);
  store.plan_cells(std::vector{full_});
  store.write(store.begin_run(example_run()), std::vector{row});
  EXPECT_THAT(query(file_, "SELECT counts FROM layer_record", 1),
              ElementsAre("[[9,9,9,9,3],[5,4,5,5],[9,9,9,9],[9,9,9,8]]"));
}

TEST_F(StoreTest, ARowThatEndedWellWaitsForItsProfileOnce) {
  Store store(file_);
  const int64_t run = store.begin_run(example_run());
  store.plan_cells(std::vector{full_, spts_});
  const SampleRow ok = example_row(full_, "a");
  SampleRow failed = example_row(spts_, "a");
  failed.status = RowStatus::kOom;
  EXPECT_FALSE(store.lacks_profile(ok.key)) << "no row, no profile";
  store.write(run, std::vector{ok, failed});
  EXPECT_TRUE(store.lacks_profile(ok.key));
  EXPECT_FALSE(store.lacks_profile(failed.key));
  store.write_profile(run, ok.key, example_profile());
  EXPECT_FALSE(store.lacks_profile(ok.key));
  EXPECT_THROW(store.write_profile(run, ok.key, example_profile()), ContractError);
  EXPECT_THROW(store.write_profile(run, failed.key, example_profile()), ContractError);
}

TEST_F(StoreTest, ACellsProfileIsATableWhoseSharesAddUp) {
  Store store(file_);
  const int64_t run = store.begin_run(example_run());
  store.plan_cells(std::vector{full_});
  store.write(run, std::vector{example_row(full_, "a"), example_row(full_, "b")});
  store.summarise("demo");
  EXPECT_THAT(query(file_, "SELECT n FROM profiles", 1), ElementsAre());
  store.write_profile(run, example_row(full_, "b").key, example_profile());
  store.summarise("demo");
  EXPECT_THAT(query(file_, "SELECT phase, layer, operations, ms, share, n FROM profiles", 6),
              ElementsAre("decode|NULL|between|0.25|0.25|1", "decode|NULL|graph|0.75|0.75|1",
                          "prefill|NULL|between|1.0|0.1|1", "prefill|NULL|gemm|1.0|0.1|1",
                          "prefill|0|attention|2.0|0.2|1", "prefill|0|gemm|3.0|0.3|1",
                          "prefill|1|attention|0.75|0.075|1", "prefill|1|gemm|2.0|0.2|1",
                          "prefill|1|probe|0.25|0.025|1"));
}

TEST_F(StoreTest, RandomWeightsStoreNoScores) {
  SampleRow row = example_row(full_, "a");
  row.random_weights = true;
  Store store(file_);
  store.plan_cells(std::vector{full_});
  store.write(store.begin_run(example_run()), std::vector{row});
  EXPECT_THAT(query(file_, "SELECT count(*) FROM score_row", 1), ElementsAre("0"));
  EXPECT_THAT(query(file_, "SELECT metric, score, ttft_ms FROM samples", 3),
              ElementsAre("NULL|NULL|200.0"));
}

TEST_F(StoreTest, SummariesAreStoredAndDroppedWhenARowArrives) {
  Store store(file_);
  const int64_t run = store.begin_run(example_run());
  store.plan_cells(std::vector{full_, spts_});
  store.write(run, std::vector{example_row(full_, "a"), example_row(spts_, "a")});
  store.summarise("demo");
  const auto cells =
      "SELECT n, expected_n, speedup_ttft, ideal_speedup, kv_ratio FROM cells "
      "WHERE label = 'spts' AND metric = 'exact_match'";
  EXPECT_THAT(query(file_, cells, 5), ElementsAre("1|4|2.0|2.5|0.5"));
  store.write(run, std::vector{example_row(full_, "b")});  // the baseline's rows are in the pairs
  EXPECT_THAT(query(file_, cells, 5), ElementsAre("1|4|NULL|NULL|NULL"));
  store.write(run, std::vector{example_row(spts_, "b")});
  EXPECT_THAT(query(file_, cells, 5), ElementsAre("2|4|NULL|NULL|NULL"));
  store.summarise("demo");
  EXPECT_THAT(query(file_, cells, 5), ElementsAre("2|4|2.0|2.5|0.5"));
}

TEST_F(StoreTest, ACellShowsTheVersionThatTheLastRunAskedFor) {
  const auto cells = "SELECT n, ttft_ms_median FROM cells WHERE metric = 'exact_match'";
  SampleRow old_row = example_row(full_, "a"), new_row = example_row(full_, "a");
  new_row.key.code_version = "core2-full";
  new_row.ttft_ms = 50;
  Store store(file_);
  const int64_t run = store.begin_run(example_run());
  store.plan_cells(std::vector{full_});
  store.write(run, std::vector{old_row, example_row(full_, "b")});
  store.summarise("demo");
  EXPECT_THAT(query(file_, cells, 2), ElementsAre("2|200.0"));
  store.write(run, std::vector{new_row});
  store.summarise("demo");
  EXPECT_THAT(query(file_, cells, 2), ElementsAre("1|50.0"));
  EXPECT_TRUE(store.has(old_row.key));  // as a run does after the code was changed back
  store.summarise("demo");
  EXPECT_THAT(query(file_, cells, 2), ElementsAre("2|200.0"));
}

TEST_F(StoreTest, ACellNamesTheRunThatAskedForItLastAlsoWhenItReusedEveryRow) {
  const auto runs = "SELECT label, run_id FROM cell_plan ORDER BY label_order";
  Store store(file_);
  store.plan_cells(std::vector{full_, spts_});
  store.write(store.begin_run(example_run()),
              std::vector{example_row(full_, "a"), example_row(spts_, "a")});
  EXPECT_THAT(query(file_, runs, 2), ElementsAre("full|1", "spts|1"));
  const int64_t second = store.begin_run(example_run());
  EXPECT_TRUE(store.has(example_row(spts_, "a").key));
  store.end_run(second, "done");
  EXPECT_THAT(query(file_, runs, 2), ElementsAre("full|1", "spts|2"));
}

TEST_F(StoreTest, CellsThatAWholePlanDoesNotNameLeaveIt) {
  const auto cells = "SELECT label, in_plan FROM cells WHERE metric = 'exact_match' ORDER BY label";
  Store store(file_);
  store.plan_cells(std::vector{full_, spts_});
  store.plan_cells(std::vector{full_});  // somebody selected a part
  EXPECT_THAT(query(file_, cells, 2), ElementsAre("full|1", "spts|1"));
  store.plan_cells(std::vector{full_}, PlanScope::kWhole);
  EXPECT_THAT(query(file_, cells, 2), ElementsAre("full|1", "spts|0"));
  store.plan_cells(std::vector{full_, spts_}, PlanScope::kWhole);
  EXPECT_THAT(query(file_, cells, 2), ElementsAre("full|1", "spts|1"));
}

class StoreOfShrinkingPlan : public StoreTest {
 protected:
  StoreOfShrinkingPlan() { run({"a", "b", "c", "d"}, 2, 4); }

  /// A run that asks for rounds of samples and finds some of them.
  void run(const std::vector<std::string>& samples, int64_t rounds, int64_t expected) {
    PlannedCell cell = full_;
    cell.expected_n = expected;
    Store store(file_);
    store.plan_cells(std::vector{cell}, PlanScope::kWhole);
    const int64_t run = store.begin_run(example_run());
    for (const std::string& sample : samples) {
      for (int64_t round = 0; round < rounds; ++round) {
        const SampleRow row = example_row(cell, sample, round);
        if (!store.has(row.key)) store.write(run, std::vector{row});
      }
    }
    store.summarise("demo");
    store.end_run(run, "done");
  }
  std::vector<std::string> counted() {
    return query(file_,
                 "SELECT c.n, d.rounds, c.expected_n, (SELECT count(*) FROM samples s "
                 "WHERE s.current AND s.metric = 'exact_match') "
                 "FROM cells c JOIN cell_details d USING (label, metric) "
                 "WHERE c.metric = 'exact_match'",
                 4);
  }
};

TEST_F(StoreOfShrinkingPlan, SamplesAndRoundsBeyondThePlanDoNotCount) {
  EXPECT_THAT(counted(), ElementsAre("4|2|4|8"));
  run({"a", "b"}, 1, 2);
  EXPECT_THAT(counted(), ElementsAre("2|1|2|2"));
}

TEST_F(StoreOfShrinkingPlan, TheyCountAgainWhenThePlanGrowsAgain) {
  run({"a", "b"}, 1, 2);
  run({"a", "b", "c", "d"}, 2, 4);
  EXPECT_THAT(counted(), ElementsAre("4|2|4|8"));
  EXPECT_THAT(query(file_, "SELECT count(*) FROM sample_row", 1), ElementsAre("8"));
}

TEST_F(StoreOfShrinkingPlan, ARunOverAPartOfThePlanTakesNothingAway) {
  run({"a", "b"}, 2, 4);  // --limit 2, or interrupted
  EXPECT_THAT(counted(), ElementsAre("4|2|4|8"));
}

TEST_F(StoreTest, DoesNotPairAcrossMachines) {
  SampleRow elsewhere = example_row(spts_, "a");
  elsewhere.key.device = "Another CPU";
  Store store(file_);
  store.plan_cells(std::vector{full_, spts_});
  store.write(store.begin_run(example_run()), std::vector{example_row(full_, "a"), elsewhere});
  store.summarise("demo");
  EXPECT_THAT(query(file_,
                    "SELECT ttft_ms_median, speedup_ttft FROM cell_summary "
                    "JOIN cell_plan ON id = cell_id WHERE label = 'spts'",
                    2),
              ElementsAre("100.0|NULL"));
}

TEST_F(StoreTest, ANewPlanChangesExpectationsAndTheBaseline) {
  Store store(file_);
  store.plan_cells(std::vector{full_, spts_});
  store.write(store.begin_run(example_run()),
              std::vector{example_row(full_, "a"), example_row(spts_, "a")});
  store.summarise("demo");
  PlannedCell spts = spts_;
  spts.is_baseline = true;
  spts.expected_n = 9;
  spts.metrics = {"exact_match"};
  store.plan_cells(std::vector{spts});
  store.summarise("demo");
  EXPECT_THAT(query(file_,
                    "SELECT label, metric, expected_n, is_baseline, speedup_ttft "
                    "FROM cell_details ORDER BY label_order, metric DESC",
                    5),
              ElementsAre("full|exact_match|4|0|0.5", "full|contains_answer|4|0|0.5",
                          "spts|exact_match|9|1|1.0"));
}

TEST_F(StoreTest, OneProvenanceServesManyRuns) {
  Store store(file_);
  store.begin_run(example_run());
  store.begin_run(example_run());
  RunInfo dirty = example_run();
  dirty.git_dirty = true;
  store.begin_run(dirty);
  EXPECT_THAT(query(file_, "SELECT count(*), count(DISTINCT provenance_id) FROM run", 2),
              ElementsAre("3|2"));
}

}  // namespace
}  // namespace skipbench
