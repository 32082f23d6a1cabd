#include "harness/workers/worker_messages.h"

#include <gtest/gtest.h>

namespace skipbench {
namespace {

// As it arrives in another process.
Json sent(const Json& message) {
  return Json::parse(message.dump());
}

// Names, and no places in a list, which a field in the middle would shift.
TEST(WorkerMessages, ASampleIsReadByName) {
  const Json message =
      Json::parse(R"({"measure": {"subset": 3, "index": 4, "new": 9, "model": 1, "task": 2}})");
  const SamplePlace place = place_of_message(message);
  EXPECT_EQ(place.model, 1u);
  EXPECT_EQ(place.task, 2u);
  EXPECT_EQ(place.subset, 3u);
  EXPECT_EQ(place.index, 4);
  EXPECT_EQ(sent(measure_message(place)).at("measure"),
            (Json{{"model", 1}, {"task", 2}, {"subset", 3}, {"index", 4}}));
}

TEST(WorkerMessages, ATaskArrivesAsItWasSent) {
  const WorkerTask task{.plan = Json{{"a", 1}},
                        .database = "x.db",
                        .run = 2,
                        .coordinator = 3,
                        .threads = 4,
                        .worker = 5,
                        .cpus = {6, 7},
                        .profile = true};
  const WorkerTask copy = task_of_message(sent(task_message(task)));
  EXPECT_EQ(copy.plan, task.plan);
  EXPECT_EQ(copy.database, "x.db");
  EXPECT_EQ(copy.run, 2);
  EXPECT_EQ(copy.coordinator, 3);
  EXPECT_EQ(copy.threads, 4);
  EXPECT_EQ(copy.worker, 5);
  EXPECT_EQ(copy.cpus, (std::vector{6, 7}));
  EXPECT_TRUE(copy.profile);
}

}  // namespace
}  // namespace skipbench
