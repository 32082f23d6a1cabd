#include "harness/store/merge/merge.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "harness/base/sha256.h"
#include "harness/store/database.h"
#include "harness/store/merge/merge_target.h"
#include "harness/store/queries.h"
#include "kernels/base/error.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/stored_rows.h"
#include "tests/support/write_file.h"

namespace skipbench {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class MergeTest : public ::testing::Test {
 protected:
  /// A database with the given samples of both labels, of four planned.
  std::filesystem::path shard(const std::string& name, std::initializer_list<int> samples,
                              double ttft_ms = 100, const std::string& started = "") {
    const std::filesystem::path file = folder_ / name;
    Store store(file);
    const int64_t run = store.begin_run(example_run());
    const std::vector<PlannedCell> cells{example_cell("full", 0), example_cell("spts", 1)};
    store.plan_cells(cells, PlanScope::kWhole);
    for (const int sample : samples) {
      std::vector<SampleRow> rows;
      for (const PlannedCell& cell : cells) {
        rows.push_back(example_row(cell, std::to_string(sample)));
        rows.back().layers = {{4, 3, 2, 1}};
        rows.back().answers = {fmt::format("answer {}", sample)};
        if (!cell.is_baseline) rows.back().ttft_ms = ttft_ms;
        rows.back().busy_ms = 7;
      }
      store.write(run, rows);
    }
    store.summarise("demo");
    store.end_run(run, "done");
    if (!started.empty()) {
      Database database(file, Database::Mode::kReadWrite);
      database.statement("UPDATE run SET started_at = ?").bind(started).run();
    }
    return file;
  }

  /// Every table of a database as text, ids included.
  static std::string content(const std::filesystem::path& file) {
    Database database(file, Database::Mode::kReadOnly);
    std::string text;
    for (const char* table :
         {"run", "provenance", "cell_plan", "cell_metric", "cell_version", "sample_row",
          "timing_row", "score_row", "layer_record", "gold_answer", "profile_record",
          "cell_summary", "score_summary", "profile_summary"}) {
      Statement columns(database,
                        "SELECT group_concat('quote(' || name || ')', '||'',''||') "
                        "FROM pragma_table_info(?)");
      columns.bind(table).step();
      Statement rows(database, "SELECT " + columns.text(0) + " FROM " + table + " ORDER BY 1");
      while (rows.step()) text += std::string(table) + ": " + rows.text(0) + '\n';
    }
    return text;
  }

  MergeCounts merge(const std::string& out, const std::vector<std::filesystem::path>& files) {
    return merge_databases(folder_ / out, files);
  }

  std::string merge_error(const std::string& out, const std::vector<std::filesystem::path>& files) {
    try {
      merge(out, files);
    } catch (const InputError& error) {
      return error.what();
    }
    return "no error";
  }

  ScratchFolder folder_;
};

TEST_F(MergeTest, ShardsOfOneSweepBecomeOneCompleteTable) {
  const MergeCounts counts = merge("all.db", {shard("a.db", {0, 1}), shard("b.db", {2, 3})});
  EXPECT_EQ(counts.databases, 2);
  EXPECT_EQ(counts.rows, 8);
  EXPECT_EQ(counts.duplicates, 0);
  const StoreReader reader(folder_ / "all.db");
  const std::vector<CellRecord> cells = reader.cells("demo");
  ASSERT_EQ(cells.size(), 2u);
  EXPECT_EQ(cells[1].summary.n, 4);
  EXPECT_EQ(cells[1].summary.pairs, 4) << "each shard's times pair among themselves";
  EXPECT_EQ(*cells[1].summary.speedup_ttft, 2);
  EXPECT_EQ(cells[1].summary.metrics[0].n, 4);
  EXPECT_EQ(reader.runs("demo").size(), 2u);
  EXPECT_TRUE(reader.check_integrity().empty());
}

TEST_F(MergeTest, EveryColumnOfARowComesAlong) {
  const std::filesystem::path one = shard("one.db", {0, 1}), result = folder_ / "result.db";
  merge("result.db", {one});
  for (const char* table : {"sample_row", "timing_row", "layer_record"}) {
    const auto of = [&](const std::filesystem::path& file) {
      std::vector<std::string> lines;
      std::istringstream text(content(file));
      for (std::string line; std::getline(text, line);) {
        if (line.starts_with(table)) lines.push_back(line);
      }
      return lines;
    };
    EXPECT_EQ(of(result), of(one)) << table;
  }
}

TEST_F(MergeTest, AnyOrderGivesTheSameDatabase) {
  std::vector<std::filesystem::path> files{shard("a.db", {0}, 100, "2026-01-01T00:00:02Z"),
                                           shard("b.db", {1, 3}, 90),
                                           shard("c.db", {2}, 80, "2026-01-01T00:00:01Z")};
  std::sort(files.begin(), files.end());
  std::string first;
  do {
    std::filesystem::remove(folder_ / "all.db");
    merge("all.db", files);
    const std::string text = content(folder_ / "all.db");
    if (first.empty()) first = text;
    EXPECT_EQ(text, first);
  } while (std::next_permutation(files.begin(), files.end()));
  EXPECT_THAT(first, HasSubstr("layer_record: "));
  EXPECT_THAT(first, HasSubstr("answer 3"));
}

TEST_F(MergeTest, IdenticalRowsAreKeptOnce) {
  const auto a = shard("a.db", {0, 1}), b = shard("b.db", {2});
  merge("all.db", {a, b});
  const std::string before = content(folder_ / "all.db");
  // Again, with the result itself taking part.
  const MergeCounts counts = merge("all.db", {b, a});
  EXPECT_EQ(counts.databases, 3);
  EXPECT_EQ(counts.duplicates, 6);
  EXPECT_EQ(content(folder_ / "all.db"), before);
}

TEST_F(MergeTest, ProfilesComeAlongAlsoToRowsThatAreThereAlready) {
  const auto plain = shard("plain.db", {0}, 100, "2026-01-01T00:00:00Z");
  const auto profiled = shard("profiled.db", {0, 1}, 100, "2026-01-02T00:00:00Z");
  for (const char* sample : {"0", "1"}) {
    Store store(profiled);
    store.write_profile(1, example_row(example_cell("spts", 1), sample).key, example_profile());
  }
  merge("all.db", {plain, profiled});
  merge("again.db", {folder_ / "all.db", profiled});
  for (const char* name : {"all.db", "again.db"}) {
    Database database(folder_ / name, Database::Mode::kReadOnly);
    EXPECT_EQ(database.integer("SELECT count(*) FROM profile_record"), 2) << name;
    EXPECT_EQ(database.integer("SELECT sum(n) FROM (SELECT DISTINCT label, n FROM profiles)"), 2)
        << name;
  }
}

TEST_F(MergeTest, TheSameRowWithOtherContentIsRefusedByName) {
  const auto a = shard("a.db", {0, 1}, 100), b = shard("b.db", {1, 2}, 101);
  const auto out = shard("out.db", {3});
  const std::string before = content(out);
  EXPECT_THAT(merge_error("out.db", {a, b}),
              AllOf(HasSubstr("1 row that another database holds"),
                    HasSubstr("'spts' on needle 1024, sample 1, round 0")));
  EXPECT_EQ(content(out), before) << "a refused merge changes nothing";
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out.db.merging"));
}

TEST_F(MergeTest, ADifferingScoreAloneIsAConflict) {
  const auto a = shard("a.db", {0}), b = shard("b.db", {0});
  Database(b, Database::Mode::kReadWrite).execute("UPDATE score_row SET score = 50");
  EXPECT_THROW(merge("all.db", {a, b}), InputError);
}

TEST_F(MergeTest, ARunThatAskedLaterDecidesWhatIsCurrent) {
  const auto old = shard("old.db", {0}, 100, "2026-01-01T00:00:00Z");
  const std::filesystem::path file = folder_ / "new.db";
  {
    Store store(file);
    const int64_t run = store.begin_run(example_run());
    const PlannedCell cell = example_cell("spts", 1);
    store.plan_cells(std::vector{cell});
    SampleRow row = example_row(cell, "0");
    row.key.code_version = "core2-spts";
    store.write(run, std::vector{row});
    store.summarise("demo");
    store.end_run(run, "done");
  }
  merge("all.db", {file, old});
  const std::vector<CellRecord> cells = StoreReader(folder_ / "all.db").cells("demo");
  EXPECT_EQ(cells[0].version.code_version, "core1-full");
  EXPECT_EQ(cells[1].version.code_version, "core2-spts");
}

TEST_F(MergeTest, DatabasesOfEarlierSchemasAreMergedAndLeftAsTheyAre) {
  const std::filesystem::path old = SKIPBENCH_SOURCE_DIR "/results/h200/speed-llama-8b.db";
  const auto size = std::filesystem::file_size(old);
  EXPECT_EQ(merge("all.db", {old, shard("a.db", {0})}).rows, 52);
  EXPECT_EQ(merge("all.db", {old}).rows, 52);
  EXPECT_EQ(StoreReader(folder_ / "all.db").experiments(),
            (std::vector<std::string>{"speed-llama-8b", "demo"}));
  EXPECT_EQ(std::filesystem::file_size(old), size);
}

TEST_F(MergeTest, AResultOfAnEarlierSchemaTakesNewRowsIn) {
  std::filesystem::copy_file(SKIPBENCH_SOURCE_DIR "/results/h200/speed-llama-8b.db",
                             folder_ / "all.db");
  merge("all.db", {shard("a.db", {0})});
  merge("fresh.db", {SKIPBENCH_SOURCE_DIR "/results/h200/speed-llama-8b.db", folder_ / "a.db"});
  EXPECT_EQ(content(folder_ / "all.db"), content(folder_ / "fresh.db"));
  EXPECT_THAT(StoreReader(folder_ / "all.db").check_integrity(), IsEmpty());
}

TEST_F(MergeTest, AFileThatIsNotThereIsNamed) {
  EXPECT_THROW(merge("all.db", {folder_ / "none.db"}), InputError);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "all.db"));
}

// What a killed run leaves: rows that are only in the -wal file beside the database.
TEST_F(MergeTest, RowsInAWalFileBesideTheResultAreKept) {
  const std::filesystem::path part = shard("b.db", {2, 3});
  {
    const std::filesystem::path live = shard("a.db", {0});
    Store store(live);
    const int64_t run = store.begin_run(example_run());
    const PlannedCell cell = example_cell("full", 0);
    store.plan_cells(std::vector{cell});
    store.write(run, std::vector{example_row(cell, "1")});
    for (const char* suffix : {"", "-wal"}) {
      std::filesystem::copy_file(live.string() + suffix,
                                 folder_ / ("all.db" + std::string(suffix)));
    }
  }
  ASSERT_TRUE(std::filesystem::exists(folder_ / "all.db-wal"));
  EXPECT_EQ(merge("all.db", {part}).rows, 2 + 1 + 4);
  const StoreReader reader(folder_ / "all.db");
  EXPECT_THAT(reader.check_integrity(), IsEmpty());
  EXPECT_EQ(reader.observations(example_cell("full", 0)).size(), 4u);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "all.db-wal"));
}

TEST_F(MergeTest, AResultThatARunWritesToIsRefusedAndItsRowsStay) {
  const std::filesystem::path part = shard("b.db", {1});
  const std::filesystem::path all = shard("all.db", {0});
  const PlannedCell cell = example_cell("full", 0);
  {
    Store store(all);
    const int64_t run = store.begin_run(example_run());
    EXPECT_THAT(merge_error("all.db", {part}),
                AllOf(HasSubstr("all.db: is in use"), HasSubstr("when that has ended")));
    store.plan_cells(std::vector{cell});
    store.write(run, std::vector{example_row(cell, "2")});
    store.end_run(run, "done");
  }
  merge("all.db", {part});
  EXPECT_EQ(StoreReader(all).observations(cell).size(), 3u);
}

TEST_F(MergeTest, AResultIsLockedUntilTheMergedRowsAreIn) {
  const std::filesystem::path all = shard("all.db", {0}), merged = shard("merged.db", {1, 2});
  Database other(all, Database::Mode::kReadWrite);
  other.execute("PRAGMA busy_timeout = 0");
  {
    MergeTarget target(all);
    EXPECT_FALSE(other.try_execute("BEGIN IMMEDIATE"));
    EXPECT_EQ(other.integer("SELECT count(*) FROM sample_row"), 2);
    target.take(merged);
  }
  EXPECT_TRUE(other.try_execute("BEGIN IMMEDIATE; ROLLBACK"));
  EXPECT_EQ(other.integer("SELECT count(*) FROM sample_row"), 4);
}

TEST_F(MergeTest, AResultThatAppearsMeanwhileIsNotReplaced) {
  const std::filesystem::path merged = shard("merged.db", {1});
  MergeTarget target(folder_ / "all.db");
  const std::string before = content(shard("all.db", {0}));
  EXPECT_THROW(target.take(merged), InputError);
  EXPECT_EQ(content(folder_ / "all.db"), before);
}

TEST_F(MergeTest, WhatIsLeftOfAnotherDatabaseIsNotWrittenOverTheResult) {
  write_file(folder_ / "all.db-wal", "rows of a database that is gone");
  EXPECT_THAT(merge_error("all.db", {shard("a.db", {0})}),
              AllOf(HasSubstr("all.db-wal is left of one of that name"), HasSubstr("remove")));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "all.db"));
}

TEST_F(MergeTest, ATableOfTheUsersOwnStays) {
  const std::filesystem::path all = shard("all.db", {0});
  Database(all, Database::Mode::kReadWrite).execute("CREATE TABLE notes AS SELECT 7 AS n");
  merge("all.db", {shard("a.db", {1})});
  Database database(all, Database::Mode::kReadOnly);
  EXPECT_EQ(database.integer("SELECT n FROM notes"), 7);
  EXPECT_EQ(database.integer("SELECT count(*) FROM sample_row"), 4);
}

TEST_F(MergeTest, AMissingShardLeavesAResultOfAnEarlierSchemaAsItIs) {
  std::filesystem::copy_file(SKIPBENCH_SOURCE_DIR "/results/h200/speed-llama-8b.db",
                             folder_ / "all.db");
  const std::string before = sha256_file_hex(folder_ / "all.db");
  EXPECT_THAT(merge_error("all.db", {folder_ / "none.db"}), HasSubstr("none.db: does not exist"));
  EXPECT_EQ(sha256_file_hex(folder_ / "all.db"), before);
}

TEST_F(MergeTest, AMissingFolderIsNotMadeInSilence) {
  EXPECT_THAT(merge_error("missing/all.db", {shard("a.db", {0})}), HasSubstr("make it first"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "missing"));
}

}  // namespace
}  // namespace skipbench
