#include "harness/store/samples/sample_replies.h"

#include <gtest/gtest.h>

#include "harness/store/queries.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/stored_rows.h"

namespace skipbench {
namespace {

struct Stored {
  ScratchFolder folder;
  PlannedCell cell = example_cell("spts", 1);

  StoreReader write(const std::vector<SampleRow>& rows) {
    Store store(folder / "a.db");
    const int64_t run = store.begin_run(example_run());
    store.plan_cells(std::vector{cell});
    store.write(run, rows);
    return StoreReader(folder / "a.db");
  }
};

TEST(SampleReplies, ASampleOfSeveralRoundsStandsOnceWithItsMeanTime) {
  Stored stored;
  std::vector<SampleRow> rows{example_row(stored.cell, "10", 0), example_row(stored.cell, "2", 0),
                              example_row(stored.cell, "2", 1)};
  rows[1].ttft_ms = 100.0;
  rows[2].ttft_ms = 140.0;
  rows[2].prediction = "another";
  const auto replies = stored.write(rows).sample_replies(stored.cell, 100);
  ASSERT_EQ(replies.size(), 2u);
  EXPECT_EQ(replies[0].sample_id, "2");  // before 10
  EXPECT_EQ(replies[0].reply, "the answer");
  EXPECT_DOUBLE_EQ(*replies[0].ttft_ms, 120);
  ASSERT_EQ(replies[0].scores.size(), 2u);
  EXPECT_DOUBLE_EQ(*replies[0].scores[0], 100);
}

TEST(SampleReplies, TheFirstRoundThatEndedWellCounts) {
  Stored stored;
  std::vector<SampleRow> rows{example_row(stored.cell, "0", 0), example_row(stored.cell, "0", 1)};
  rows[0].status = RowStatus::kError;
  rows[0].error = "no such layer";
  const auto replies = stored.write(rows).sample_replies(stored.cell, 100);
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_EQ(replies[0].status, "ok");
  EXPECT_EQ(replies[0].error, "");
}

TEST(SampleReplies, HaveTheRightAnswersWhereTheyAreKnown) {
  Stored stored;
  std::vector<SampleRow> rows{example_row(stored.cell, "0", 0), example_row(stored.cell, "0", 1),
                              example_row(stored.cell, "1", 0)};
  rows[0].answers = rows[1].answers = {"Paris", "the city of Paris"};
  const auto replies = stored.write(rows).sample_replies(stored.cell, 100);
  EXPECT_EQ(replies[0].answers, (std::vector<std::string>{"Paris", "the city of Paris"}));
  EXPECT_TRUE(replies[1].answers.empty());
}

TEST(SampleReplies, AreNoMoreThanAskedFor) {
  Stored stored;
  std::vector<SampleRow> rows;
  for (int i = 0; i < 12; ++i) rows.push_back(example_row(stored.cell, std::to_string(i)));
  const StoreReader reader = stored.write(rows);
  EXPECT_EQ(reader.sample_replies(stored.cell, 5).size(), 5u);
  EXPECT_EQ(reader.sample_replies(stored.cell, 100).size(), 12u);
  EXPECT_TRUE(reader.sample_replies(example_cell("absent", 2), 100).empty());
}

}  // namespace
}  // namespace skipbench
