#include <gmock/gmock.h>

#include "tests/harness/tasks/support/make_task.h"

namespace skipbench {
namespace {

TEST(Speed, AsksForRandomTokensOfEachLengthAndAFixedNumberOfNewOnes) {
  const auto task = make_task("speed", {{"lengths", {128, 4096}}, {"new_tokens", 9}});
  ASSERT_EQ(task->subsets().size(), 2u);
  EXPECT_EQ(task->subsets()[1].name, "4096");
  EXPECT_EQ(task->subsets()[1].samples, 1);
  const Sample sample = task->sample(task->subsets()[1], 0, count_words);
  EXPECT_EQ(sample.random_tokens, 4096);
  EXPECT_EQ(sample.max_new_tokens, 9);
  EXPECT_TRUE(sample.ignore_eos);
  EXPECT_FALSE(sample.use_chat_template);
}

TEST(Speed, HasNoMetrics) {
  const auto task = make_task("speed", Json::object());
  EXPECT_TRUE(task->metrics().empty());
  EXPECT_TRUE(task->score(Sample{}, "anything").empty());
}

TEST(Speed, DataHashFollowsTheNewTokensAndNotTheRepeats) {
  const std::string hash = make_task("speed", Json::object())->data_hash();
  EXPECT_EQ(hash, make_task("speed", {{"repeats", 50}})->data_hash());
  EXPECT_NE(hash, make_task("speed", {{"new_tokens", 3}})->data_hash());
}

}  // namespace
}  // namespace skipbench
