#include <gmock/gmock.h>

#include <fstream>

#include "harness/tasks/longbench/folder_score.h"
#include "harness/tasks/longbench/print_scores.h"
#include "harness/tasks/longbench/python_numbers.h"
#include "tests/support/data_folder.h"

// Real predictions with the results of the benchmark's own, unmodified scorer.
namespace skipbench {
namespace {

class OfficialScores : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(predictions())) {
      GTEST_SKIP() << predictions() << " does not exist; SKIPBENCH_DATA may say where it is";
    }
  }
  static std::filesystem::path predictions() { return data_folder() / "longbench_predictions"; }
  static LongBenchScore score(const std::filesystem::path& folder, LongBenchEdition edition) {
    return score_folder(folder, edition, CodeRatio::kDifflib, ExpectedCounts(edition));
  }
  static Json read(const std::filesystem::path& file) { return Json::parse(std::ifstream(file)); }
};

TEST_F(OfficialScores, EveryRowOfLongBenchHasTheSameDouble) {
  const std::filesystem::path folder = predictions() / "llama3-8b-instruct";
  const LongBenchScore scored = score(folder, LongBenchEdition::kV1);
  ASSERT_EQ(scored.tasks.size(), 21u);
  for (const LongBenchTaskScore& task : scored.tasks) {
    std::vector<std::string> ours;
    for (const double value : task.per_sample) ours.push_back(python_repr(value));
    const Json official = read(folder / "per_sample" / (std::string(task.task->name) + ".json"));
    EXPECT_EQ(Json(ours), official.at("per_sample")) << task.task->name;
  }
}

TEST_F(OfficialScores, EveryTaskOfLongBenchHasTheSameScore) {
  const std::filesystem::path folder = predictions() / "llama3-8b-instruct";
  const LongBenchScore scored = score(folder, LongBenchEdition::kV1);
  EXPECT_EQ(scores_as_json(scored).at("scores"), read(folder / "result.json"));
  EXPECT_THAT(scored.warnings(), testing::IsEmpty());
}

TEST_F(OfficialScores, EveryTaskAndRangeOfLongBenchEHasTheSameScore) {
  const std::filesystem::path folder = predictions() / "llama2-7b-chat-4k-original_e";
  const LongBenchScore scored = score(folder, LongBenchEdition::kE);
  EXPECT_EQ(scores_as_json(scored).at("scores"), read(folder / "result.json"));
  EXPECT_THAT(scored.warnings(), testing::IsEmpty());
}

}  // namespace
}  // namespace skipbench
