#include "harness/store/schema.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/store/database.h"
#include "harness/store/queries.h"
#include "harness/store/store.h"
#include "harness/summary/summary.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/stored_rows.h"
#include "tests/support/undo_to_version8.h"

namespace skipbench {
namespace {

class SchemaTest : public ::testing::Test {
 protected:
  std::vector<std::string> columns(const std::string& of) {
    std::vector<std::string> names;
    Database database(file_, Database::Mode::kReadOnly);
    Statement query(database, "SELECT name FROM pragma_table_info(?) ORDER BY cid");
    query.bind(of);
    while (query.step()) names.push_back(query.text(0));
    return names;
  }

  ScratchFolder folder_;
  const std::filesystem::path file_ = folder_ / "demo.db";
  Store store_{file_};
};

TEST_F(SchemaTest, TheSummaryTableHoldsWhatTheSummaryVisits) {
  std::vector<std::string> visited{"cell_id"};
  CellSummary summary;
  visit_columns(summary, [&](const char* column, auto&, int) { visited.push_back(column); });
  EXPECT_EQ(columns("cell_summary"), visited);
}

TEST_F(SchemaTest, TheFileSaysWhoseItIs) {
  Database database(file_, Database::Mode::kReadOnly);
  EXPECT_EQ(database.integer("PRAGMA application_id"), kApplicationId);
  EXPECT_EQ(database.integer("PRAGMA user_version"), kSchemaVersion);
}

/// A database that the first version of the program wrote.
class SchemaVersion1 : public ::testing::Test {
 protected:
  SchemaVersion1() {
    std::filesystem::copy_file(SKIPBENCH_SOURCE_DIR "/results/h200/speed-llama-8b.db", file_);
    std::filesystem::permissions(file_, std::filesystem::perms(0644));
  }
  int64_t integer(const char* sql) {
    return Database(file_, Database::Mode::kReadOnly).integer(sql);
  }

  ScratchFolder folder_;
  const std::filesystem::path file_ = folder_ / "old.db";
};

TEST_F(SchemaVersion1, IsReadAndLeftAsItIs) {
  for (const char* journal : {"PRAGMA journal_mode = DELETE", "PRAGMA journal_mode = WAL"}) {
    Database(file_, Database::Mode::kReadWrite).execute(journal);
    const std::vector<CellRecord> cells = StoreReader(file_).cells("speed-llama-8b");
    ASSERT_EQ(cells.size(), 10u);
    EXPECT_EQ(cells[1].summary.pairs, 5);
    EXPECT_NEAR(*cells[1].summary.speedup_ttft, 1.1, 0.02);
    EXPECT_EQ(cells[1].last_run, 1);
    EXPECT_EQ(integer("PRAGMA user_version"), 1);
  }
}

TEST_F(SchemaVersion1, IsMigratedWhenItIsWritten) {
  { Store store(file_); }
  EXPECT_EQ(integer("PRAGMA user_version"), kSchemaVersion);
  EXPECT_EQ(integer("SELECT count(*) FROM samples WHERE current"), 50);
  EXPECT_EQ(integer("SELECT count(*) FROM cells WHERE in_plan"), 10);
  EXPECT_EQ(StoreReader(file_).cells("speed-llama-8b").size(), 10u);
}

TEST_F(SchemaVersion1, GainsWhatLaterVersionsKnowWhenItIsRead) {
  const std::vector<CellRecord> cells = StoreReader(file_).cells("speed-llama-8b");
  const CellSummary& pap = cells[1].summary;
  EXPECT_NEAR(*pap.speedup_ttft_median, *pap.speedup_ttft, 0.02);
  EXPECT_LT(*pap.ttft_spread, 0.03);
}

/// A database that version 3 of the program wrote.
class SchemaVersion3 : public ::testing::Test {
 protected:
  SchemaVersion3() {
    std::filesystem::copy_file(SKIPBENCH_SOURCE_DIR "/tests/harness/store/data/version_3.db",
                               file_);
    std::filesystem::permissions(file_, std::filesystem::perms(0644));
  }
  int64_t integer(const char* sql) {
    return Database(file_, Database::Mode::kReadOnly).integer(sql);
  }
  /// Every stored figure, by label and task.
  std::vector<std::string> figures() {
    std::vector<std::string> all;
    for (CellRecord& cell : StoreReader(file_).cells("speed-llama-8b")) {
      std::string& text = all.emplace_back(cell.plan.label + " " + cell.plan.subset);
      visit_columns(cell.summary, [&text](const char* column, const auto& value, int) {
        text += std::string(" ") + column + "=" + shown(value);
      });
    }
    return all;
  }

  ScratchFolder folder_;
  const std::filesystem::path file_ = folder_ / "old.db";

 private:
  static std::string shown(const std::string& text) { return text; }
  static std::string shown(const std::optional<double>& value) {
    return value ? fmt::format("{}", *value) : "NULL";
  }
  static std::string shown(int64_t count) { return fmt::format("{}", count); }
  static std::string shown(bool flag) { return flag ? "yes" : "no"; }
};

TEST_F(SchemaVersion3, IsReadAndLeftAsItIs) {
  EXPECT_EQ(StoreReader(file_).cells("speed-llama-8b").size(), 42u);
  EXPECT_EQ(integer("PRAGMA user_version"), 3);
}

TEST_F(SchemaVersion3, ItsFiguresAreComputedAnewAndStayTheSameOnceStored) {
  const std::vector<std::string> read = figures();
  Store(file_).summarise("speed-llama-8b");
  EXPECT_EQ(integer("PRAGMA user_version"), kSchemaVersion);
  EXPECT_EQ(integer("SELECT count(*) FROM cell_summary"), 42);
  EXPECT_EQ(figures(), read);
  EXPECT_GT(integer("SELECT count(*) FROM cells WHERE speedup_e2e IS NOT NULL"), 0)
      << "rows whose decode path nobody noted still pair end to end";
}

TEST_F(SchemaVersion3, SaysThatItDoesNotKnowHowItsRowsWereDecoded) {
  { Store store(file_); }
  EXPECT_EQ(integer("SELECT count(*) FROM samples WHERE decode_path IS NULL"), 126);
  EXPECT_EQ(integer("SELECT count(*) FROM profile_record"), 0);
}

// A cache method's first token is the baseline's, whatever it forgets afterwards.
TEST_F(SchemaTest, VersionEightsDivergenceOfAFirstTokenThatCannotChangeIsForgotten) {
  PlannedCell spts = example_cell("spts", 1), snapkv = example_cell("snapkv", 2);
  snapkv.method = "snapkv";
  const int64_t run = store_.begin_run(example_run());
  store_.plan_cells(std::vector{spts, snapkv});
  store_.write(run, std::vector{example_row(spts, "0"), example_row(snapkv, "0")});
  store_.end_run(run, "done");
  Database(file_, Database::Mode::kReadWrite).execute(undo_to_version8());
  { Store store(file_); }
  Database database(file_, Database::Mode::kReadOnly);
  EXPECT_EQ(database.integer("SELECT count(*) FROM samples WHERE kl_first_token IS NOT NULL "
                             "AND method = 'spts'"),
            2);
  EXPECT_EQ(database.integer("SELECT count(*) FROM samples WHERE kl_first_token IS NOT NULL "
                             "AND method = 'snapkv'"),
            0);
}

// Version 6 stored another interval of a difference than comparisons showed.
TEST_F(SchemaTest, FiguresOfAccuracyOfVersionSixAreComputedAnew) {
  const PlannedCell full = example_cell("full", 0), half = example_cell("half", 1);
  const int64_t run = store_.begin_run(example_run());
  store_.plan_cells(std::vector{full, half});
  for (const PlannedCell& cell : {full, half}) {
    for (int sample = 0; sample < 6; ++sample) {
      SampleRow row = example_row(cell, std::to_string(sample));
      *row.answer_nll += cell.is_baseline ? 0 : 0.1 * sample;
      store_.write(run, std::vector{row});
    }
  }
  store_.summarise("demo");
  store_.end_run(run, "done");
  const auto low = [this] {
    return StoreReader(file_).cells("demo")[1].summary.answer_nll_delta_low;
  };
  const std::optional<double> right = low();
  ASSERT_TRUE(right);
  Database(file_, Database::Mode::kReadWrite)
      .execute("UPDATE cell_summary SET answer_nll_delta_low = -9");
  EXPECT_EQ(low(), -9);
  Database(file_, Database::Mode::kReadWrite)
      .execute(undo_to_version8() + "PRAGMA user_version = 6");
  EXPECT_EQ(low(), right);
}

// Version 7 drew the intervals of speed-ups by other seeds than comparisons did.
TEST_F(SchemaTest, FiguresOfVersionSevenAreComputedAnew) {
  const PlannedCell full = example_cell("full", 0), half = example_cell("half", 1);
  const int64_t run = store_.begin_run(example_run());
  store_.plan_cells(std::vector{full, half});
  for (const PlannedCell& cell : {full, half}) {
    for (const char* sample : {"0", "1", "2"}) {
      SampleRow row = example_row(cell, sample);
      row.random_weights = true;
      store_.write(run, std::vector{row});
    }
  }
  store_.summarise("demo");
  store_.end_run(run, "done");
  const auto low = [this] { return StoreReader(file_).cells("demo")[1].summary.speedup_ttft_low; };
  const std::optional<double> right = low();
  ASSERT_TRUE(right);
  Database(file_, Database::Mode::kReadWrite)
      .execute("UPDATE cell_summary SET speedup_ttft_low = -9");
  EXPECT_EQ(low(), -9);
  Database(file_, Database::Mode::kReadWrite)
      .execute(undo_to_version8() + "PRAGMA user_version = 7");
  EXPECT_EQ(low(), right);
}

// Version 8 stored arithmetic means of paired ratios.
TEST_F(SchemaTest, SpeedupsOfVersionEightAreComputedAnew) {
  const PlannedCell full = example_cell("full", 0), half = example_cell("half", 1);
  const int64_t run = store_.begin_run(example_run());
  store_.plan_cells(std::vector{full, half});
  for (const PlannedCell& cell : {full, half}) {
    for (const char* sample : {"0", "1"}) {
      SampleRow row = example_row(cell, sample);
      if (cell.label == "half" && row.key.sample_id == "1") row.ttft_ms = 25;
      store_.write(run, std::vector{row});
    }
  }
  store_.summarise("demo");
  store_.end_run(run, "done");
  const auto speedup = [this] { return *StoreReader(file_).cells("demo")[1].summary.speedup_ttft; };
  EXPECT_DOUBLE_EQ(speedup(), 4);  // of 2 and 8
  Database(file_, Database::Mode::kReadWrite)
      .execute("UPDATE cell_summary SET speedup_ttft = 5;" + undo_to_version8());
  EXPECT_DOUBLE_EQ(speedup(), 4) << "in memory";
  { Store store(file_); }
  EXPECT_EQ(Database(file_, Database::Mode::kReadOnly).integer("PRAGMA user_version"),
            kSchemaVersion);
  EXPECT_DOUBLE_EQ(speedup(), 4);
}

/// Takes away what a version added to the one before it.
std::string undo_version4() {
  std::string undo = undo_to_version8();
  undo += "DROP TABLE round_block;";  // of version 6
  undo += "DROP TABLE gold_answer;";  // of version 5
  undo += "DROP TABLE profile_record; DROP TABLE profile_summary;";
  undo += drop_columns(4, 8);
  return undo + "PRAGMA user_version = 3;";
}

std::string undo_version3() {
  std::string undo = drop_columns(3, 3);
  for (const char* column : {"score_delta_p", "best_label", "best_p"}) {
    undo += fmt::format("ALTER TABLE score_summary DROP COLUMN {};", column);
  }
  return undo + "ALTER TABLE run DROP COLUMN token; PRAGMA user_version = 2;";
}

TEST_F(SchemaTest, VersionTwoIsMigratedWithItsRows) {
  const PlannedCell cell = example_cell("full", 0);
  const int64_t run = store_.begin_run(example_run());
  store_.plan_cells(std::vector{cell});
  store_.write(run, std::vector{example_row(cell, "0"), example_row(cell, "1")});
  store_.summarise("demo");
  store_.end_run(run, "done");
  Database(file_, Database::Mode::kReadWrite).execute(undo_version4() + undo_version3());

  EXPECT_EQ(StoreReader(file_).cells("demo")[0].summary.n, 2);
  { Store store(file_); }
  EXPECT_EQ(Database(file_, Database::Mode::kReadOnly).integer("PRAGMA user_version"),
            kSchemaVersion);
  EXPECT_THAT(columns("run"), ::testing::Contains("token"));
  EXPECT_EQ(StoreReader(file_).cells("demo")[0].summary.n, 2);
}

}  // namespace
}  // namespace skipbench
