#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/statistics/statistics.h"
#include "harness/store/database.h"
#include "harness/store/queries.h"
#include "harness/store/store.h"
#include "kernels/base/random.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/stored_rows.h"

namespace skipbench {
namespace {

using ::testing::IsEmpty;

/// Three labels on one task: a unit is one sample under all three.
std::vector<PlannedCell> three_cells(int units = 4) {
  std::vector<PlannedCell> cells{example_cell("full", 0), example_cell("spts 50%", 1),
                                 example_cell("spts 25%", 2)};
  for (PlannedCell& cell : cells) cell.expected_n = units;
  return cells;
}

std::vector<SampleRow> unit(int sample) {
  std::vector<SampleRow> rows;
  for (const PlannedCell& cell : three_cells()) {
    rows.push_back(example_row(cell, std::to_string(sample)));
    rows.back().prediction = std::string(2000, 'x');  // several pages a unit
  }
  return rows;
}

/// Writes the units that are missing, as a resumed run does.
void write_units(const std::filesystem::path& file, int units) {
  Store store(file);
  const int64_t run = store.begin_run(example_run());
  store.plan_cells(three_cells(units));
  for (int sample = 0; sample < units; ++sample) {
    const std::vector<SampleRow> rows = unit(sample);
    bool complete = true;
    for (const SampleRow& row : rows) complete &= store.has(row.key);
    if (!complete) store.write(run, rows);
  }
  store.summarise("demo");
  store.end_run(run, "done");
}

template <class Work>
pid_t in_a_child(Work work) {
  const pid_t child = fork();
  if (child == 0) {
    try {
      work();
      _exit(0);
    } catch (const std::exception& error) {
      [[maybe_unused]] const ssize_t sent = write(2, error.what(), strlen(error.what()));
      _exit(1);
    }
  }
  return child;
}

int64_t count(const std::filesystem::path& file, std::string_view sql) {
  return Database(file, Database::Mode::kReadOnly).integer(sql);
}

TEST(Crash, AfterKillNineThereAreWholeUnitsOnly) {
  ScratchFolder folder;
  SplitMix64 random(5);
  constexpr int kKills = 20;
  for (int kill_point = 0; kill_point < kKills; ++kill_point) {
    const auto file = folder / ("killed" + std::to_string(kill_point) + ".db");
    { Store store(file); }
    const pid_t child = in_a_child([&file] { write_units(file, 1'000'000); });
    usleep(2000 + random.below(60'000));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);

    EXPECT_THAT(StoreReader(file).check_integrity(), IsEmpty());
    EXPECT_EQ(count(file,
                    "SELECT count(*) FROM (SELECT count(*) AS labels FROM sample_row "
                    "GROUP BY sample_id HAVING labels <> 3)"),
              0);
    const int64_t rows = count(file, "SELECT count(*) FROM sample_row");
    EXPECT_EQ(count(file, "SELECT count(*) FROM layer_record"), rows);
    EXPECT_EQ(count(file, "SELECT count(*) FROM timing_row"), rows);
    EXPECT_EQ(count(file, "SELECT count(*) FROM score_row"), 2 * rows);
  }
}

TEST(Crash, AResumedRunEndsLikeAnUndisturbedOne) {
  constexpr int kUnits = 300;
  ScratchFolder folder;
  const auto killed = folder / "killed.db", undisturbed = folder / "undisturbed.db";
  int kills = 0;
  for (;; ++kills) {
    const pid_t child = in_a_child([&killed] { write_units(killed, kUnits); });
    usleep(static_cast<useconds_t>(15'000 * (kills + 1)));  // longer and longer, so that one ends
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFEXITED(status)) {
      EXPECT_EQ(WEXITSTATUS(status), 0);
      break;
    }
  }
  write_units(undisturbed, kUnits);
  const StoreReader left(killed), right(undisturbed);
  const auto left_cells = left.cells("demo"), right_cells = right.cells("demo");
  ASSERT_EQ(left_cells.size(), right_cells.size());
  for (size_t i = 0; i < left_cells.size(); ++i) {
    EXPECT_EQ(left_cells[i].summary.n, kUnits) << "after " << kills << " kills";
    EXPECT_EQ(left_cells[i].summary.n, right_cells[i].summary.n);
    EXPECT_EQ(left_cells[i].summary.metrics[0].score, right_cells[i].summary.metrics[0].score);
    EXPECT_EQ(left_cells[i].summary.speedup_ttft, right_cells[i].summary.speedup_ttft);
  }
}

TEST(Crash, TwoWritersAtOnceLoseNothingAndDoubleNothing) {
  constexpr int kUnits = 200;
  ScratchFolder folder;
  const auto file = folder / "shared.db";
  std::vector<pid_t> children;
  for (int i = 0; i < 3; ++i) {
    children.push_back(in_a_child([&file] { write_units(file, kUnits); }));
  }
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  EXPECT_EQ(count(file, "SELECT count(*) FROM sample_row"), 3 * kUnits);
  EXPECT_EQ(count(file, "SELECT count(*) FROM run WHERE outcome = 'done'"), 3);
  EXPECT_EQ(count(file, "SELECT min(n) FROM cells"), kUnits);
  EXPECT_THAT(StoreReader(file).check_integrity(), IsEmpty());
}

TEST(Crash, AReaderSeesTheRowsOfARunThatWasKilled) {
  ScratchFolder folder;
  const auto file = folder / "killed.db";
  const pid_t child = in_a_child([&file] {
    Store store(file);
    const int64_t run = store.begin_run(example_run());
    store.plan_cells(three_cells());
    store.write(run, unit(0));
    store.write(run, unit(1));
    kill(getpid(), SIGKILL);
  });
  waitpid(child, nullptr, 0);
  const auto cells = StoreReader(file).cells("demo");
  ASSERT_EQ(cells.size(), 3u);
  EXPECT_EQ(cells[1].summary.n, 2);
  EXPECT_DOUBLE_EQ(*cells[1].summary.speedup_ttft, 2);  // computed; nothing was summarised
}

}  // namespace
}  // namespace skipbench
