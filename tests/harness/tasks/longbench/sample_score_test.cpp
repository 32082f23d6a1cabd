#include "harness/tasks/longbench/sample_score.h"

#include <gmock/gmock.h>

namespace skipbench {
namespace {

double score(std::string_view task, std::string_view prediction,
             const std::vector<std::string>& answers,
             const std::vector<std::string>& classes = {}) {
  return longbench_sample_score(find_longbench_task(task, LongBenchEdition::kV1),
                                CodeRatio::kDifflib, prediction, answers, classes);
}

TEST(LongBenchSample, ScoresTheFirstLineOfTheFewShotTasks) {
  for (const LongBenchTask& task : all_longbench_tasks()) {
    EXPECT_EQ(task.first_line, task.category == "Few-shot Learning") << task.name;
  }
  EXPECT_EQ(score("triviaqa", "\n\nParis\nPassage: London", {"Paris"}), 1.0);
  EXPECT_LT(score("hotpotqa", "\n\nParis\nPassage: London", {"Paris"}), 1.0);
  EXPECT_EQ(score("trec", "dog\ncat", {"dog"}, {"cat", "dog"}), 1.0);
  EXPECT_EQ(score("triviaqa", " \nParis", {"Paris"}), 0.0);  // only line breaks are passed over
  EXPECT_EQ(score("triviaqa", "\n\n", {"Paris"}), 0.0);
}

TEST(LongBenchSample, TakesTheBestAnswer) {
  EXPECT_EQ(score("qasper", "blue", {"red", "blue"}), 1.0);
  EXPECT_EQ(score("qasper", "blue", {}), 0.0);
}

TEST(LongBenchSample, HasTheMetricOfEveryTask) {
  for (const LongBenchTask& task : all_longbench_tasks()) {
    EXPECT_EQ(longbench_metric(task, CodeRatio::kDifflib).name, task.metric);
    const bool code = task.metric == "code_sim";
    EXPECT_EQ(longbench_metric(task, CodeRatio::kLevenshtein).name,
              code ? "code_sim_levenshtein" : task.metric);
  }
}

TEST(LongBenchTasks, Are21WithTheOfficialNumbersOfRowsAnd13InE) {
  int64_t rows = 0, rows_e = 0;
  for (const LongBenchTask& task : all_longbench_tasks()) {
    rows += task.v1.count;
    rows_e += task.e.count;
  }
  EXPECT_EQ(longbench_tasks(LongBenchEdition::kV1).size(), 21u);
  EXPECT_EQ(rows, 4750);
  EXPECT_EQ(longbench_tasks(LongBenchEdition::kE).size(), 13u);
  EXPECT_EQ(rows_e, 3668);
  EXPECT_EQ(longbench_categories().size(), 6u);
}

}  // namespace
}  // namespace skipbench
