#include "harness/workers/work_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "tests/harness/run/support/tiny_run.h"

namespace skipbench {
namespace {

// The tiny experiment's 5 samples, and the runs of one database that look for work.
class WorkQueueTest : public testing::Test {
 protected:
  std::unique_ptr<WorkQueue> queue() {
    return std::make_unique<WorkQueue>(
        plan_, options_, store_, [this](const SamplePlace&, int64_t rows) { reused_ += rows; });
  }

  const TinyRun tiny_;
  const Plan plan_ = tiny_.plan(tiny_experiment(tiny_));
  const RunOptions options_{.database = tiny_.database(), .pending_signal = [] { return 0; }};
  Store store_{tiny_.database()};
  int64_t reused_ = 0;
};

TEST_F(WorkQueueTest, GivesEverySampleOnceInTheOrderOfThePlan) {
  const auto mine = queue();
  std::vector<size_t> tasks;
  while (const auto work = mine->next()) {
    tasks.push_back(work->place.task);
    mine->finished(*work);
  }
  EXPECT_EQ(tasks, (std::vector<size_t>{0, 0, 0, 1, 1}));
  EXPECT_TRUE(mine->empty());
  EXPECT_EQ(reused_, 0);
}

TEST_F(WorkQueueTest, GivesWhatAnotherRunMeasuresLast) {
  const auto mine = queue(), others = queue();
  const std::optional<Work> theirs = others->next();
  for (int i = 0; i < 4; ++i) EXPECT_NE(mine->next()->unit.prepared.sample.id, "none");
  EXPECT_FALSE(mine->next().has_value());
  EXPECT_FALSE(mine->empty()) << "the other run may yet fail";
  others->finished(*theirs);  // without rows: it was killed, say
  const std::optional<Work> left = mine->next();
  ASSERT_TRUE(left.has_value());
  EXPECT_EQ(left->place.index, theirs->place.index);
  EXPECT_TRUE(mine->empty());
}

TEST_F(WorkQueueTest, GivesASampleThatWasPutBackNext) {
  const auto mine = queue();
  std::optional<Work> first = mine->next();
  mine->next();
  first->crashes = 1;
  mine->put_back(std::move(*first));
  EXPECT_EQ(mine->next_model(), 0u);
  const std::optional<Work> again = mine->next();
  EXPECT_EQ(again->place.index, 0);
  EXPECT_EQ(again->crashes, 1);
}

TEST_F(WorkQueueTest, PassesOverWhatTheDatabaseHolds) {
  tiny_.run(plan_);
  const auto mine = queue();
  EXPECT_FALSE(mine->next().has_value());
  EXPECT_TRUE(mine->empty());
  EXPECT_EQ(reused_, 28);
}

TEST_F(WorkQueueTest, TellsOfAllStoredRowsAtOnceAndOfEachOnce) {
  const Plan without_control = tiny_.plan([&] {
    const std::string all = tiny_experiment(tiny_);
    return all.substr(0, all.find("  - method: ffn_control"));
  }());
  tiny_.run(without_control);
  PlanOptions speed_alone;
  speed_alone.tasks = {"speed"};
  tiny_.run(tiny_.plan(tiny_experiment(tiny_), speed_alone));
  const auto mine = queue();
  mine->find_stored();
  EXPECT_EQ(reused_, 3 * 3 + 2 * 2 * 4);
  std::vector<size_t> tasks;
  while (const auto work = mine->next()) {
    tasks.push_back(work->place.task);
    EXPECT_EQ(work->unit.missing_rows(), 1);
    mine->finished(*work);
  }
  EXPECT_EQ(tasks, (std::vector<size_t>{0, 0, 0}));
  EXPECT_EQ(reused_, 3 * 3 + 2 * 2 * 4);
}

TEST_F(WorkQueueTest, TellsOfRowsThatAnotherRunAddedSince) {
  PlanOptions text_alone;
  text_alone.tasks = {"jsonl"};
  tiny_.run(tiny_.plan(tiny_experiment(tiny_), text_alone));
  const auto mine = queue();
  mine->find_stored();
  EXPECT_EQ(reused_, 3 * 4);
  tiny_.run(plan_);
  EXPECT_FALSE(mine->next().has_value());
  EXPECT_EQ(reused_, 28);
}

}  // namespace
}  // namespace skipbench
