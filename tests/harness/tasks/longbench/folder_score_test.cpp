#include "harness/tasks/longbench/folder_score.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>

#include "harness/tasks/longbench/print_scores.h"
#include "kernels/base/error.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/write_file.h"

namespace skipbench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string row(std::string_view pred, std::string_view answer, int length) {
  const Json json = {
      {"pred", pred}, {"answers", {answer}}, {"all_classes", {"cat", "dog"}}, {"length", length}};
  return json.dump() + "\n";
}

// `count` rows of different lengths, the first `right` of which are right.
std::string rows(int count, int right) {
  std::string text;
  for (int i = 0; i < count; ++i) text += row(i < right ? "dog" : "x", "dog", i);
  return text;
}

class FolderScoreTest : public testing::Test {
 protected:
  void write(const std::string& name, std::string_view text) const {
    write_file(folder_ / name, text);
  }
  LongBenchScore score(LongBenchEdition edition = LongBenchEdition::kV1) const {
    return score_folder(folder_.path(), edition, CodeRatio::kDifflib,
                        expected_counts_beside(edition, folder_.path()));
  }
  std::string error(LongBenchEdition edition = LongBenchEdition::kV1) const {
    try {
      score(edition);
    } catch (const InputError& error) {
      return error.what();
    }
    return "no error";
  }

  ScratchFolder folder_;
};

TEST_F(FolderScoreTest, AveragesTasksAndCategories) {
  write("qasper.jsonl", rows(200, 100));   // 50
  write("hotpotqa.jsonl", rows(200, 20));  // 10
  write("2wikimqa.jsonl", rows(200, 60));  // 30
  const LongBenchScore scored = score();
  ASSERT_EQ(scored.tasks.size(), 3u);
  EXPECT_THAT(scored.tasks[0].figures, ElementsAre(50.0));
  ASSERT_EQ(scored.categories.size(), 2u);
  EXPECT_EQ(scored.categories[1].category, "Multi-Document QA");
  EXPECT_THAT(scored.categories[1].figures, ElementsAre(20.0));
  EXPECT_THAT(scored.mean_of_categories, ElementsAre(35.0));
  EXPECT_THAT(scored.mean_of_tasks, ElementsAre(30.0));
}

TEST_F(FolderScoreTest, TellsWhichTasksAreNotThereWithoutCallingTheOthersIncomplete) {
  write("qasper.jsonl", rows(200, 100));
  const LongBenchScore scored = score();
  EXPECT_FALSE(scored.incomplete());
  ASSERT_EQ(scored.warnings().size(), 1u);
  EXPECT_THAT(scored.warnings()[0], HasSubstr("averages over 1 of 21 tasks"));
  EXPECT_THAT(scored.warnings()[0], HasSubstr("narrativeqa, multifieldqa_en"));
}

TEST_F(FolderScoreTest, SeesRowsThatAreMissingOrThereTwice) {
  write("qasper.jsonl", rows(199, 100));
  write("hotpotqa.jsonl", rows(200, 100) + row("dog", "dog", 7));
  write("musique.jsonl", rows(199, 100) + row("other", "dog", 7));  // the right number
  const LongBenchScore scored = score();
  EXPECT_TRUE(scored.incomplete());
  const std::vector<std::string> warnings = scored.warnings();
  EXPECT_EQ(warnings[0], "qasper INCOMPLETE: 199 rows, a complete run has 200");
  EXPECT_EQ(warnings[1], "hotpotqa INCOMPLETE: 201 rows, a complete run has 200");
  EXPECT_THAT(warnings[2], HasSubstr("1 rows have the answers and the length of an earlier one "
                                     "(line 201 those of line 8)"));
  EXPECT_THAT(warnings[3], HasSubstr("musique INCOMPLETE: 1 rows have"));
  EXPECT_THAT(scores_as_text(scored), HasSubstr("200   50.00  INCOMPLETE"));
}

TEST_F(FolderScoreTest, KnowsTheRowsThatTheDataThemselvesRepeat) {
  write("multifieldqa_en.jsonl", rows(149, 0) + row("x", "dog", 3));
  EXPECT_FALSE(score().incomplete());
  write("multifieldqa_en.jsonl", rows(148, 0) + row("x", "dog", 3) + row("x", "dog", 3));
  EXPECT_TRUE(score().incomplete());
}

TEST_F(FolderScoreTest, TakesThePartOfTheSetThatAFileDescribesAsComplete) {
  write("qasper.jsonl", rows(3, 1));
  EXPECT_TRUE(score().incomplete());
  write("expected_counts.json", R"({"qasper": 3})");
  const LongBenchScore scored = score();
  EXPECT_THAT(scored.warnings(), IsEmpty());
  EXPECT_EQ(scored.tasks[0].expected, 3);
  write("expected_counts.json", R"({"qaspre": 3})");
  EXPECT_THAT(error(), HasSubstr("'qaspre' is not a task of longbench; did you mean 'qasper'?"));
  write("expected_counts.json", R"({"qasper": 0})");
  EXPECT_THAT(error(), HasSubstr("qasper: got 0, expected a number of rows"));
}

TEST_F(FolderScoreTest, OfAnEmptyFileThereIsNoScore) {
  write("qasper.jsonl", "");
  const LongBenchScore scored = score();
  EXPECT_TRUE(std::isnan(scored.tasks[0].figures[0]));
  EXPECT_TRUE(scored.incomplete());
  const Json json = scores_as_json(scored);
  EXPECT_TRUE(json.at("scores").at("qasper").is_null());
  EXPECT_EQ(json.at("counts").at("qasper"), 0);
}

TEST_F(FolderScoreTest, ScoresEByRangesOfLengthAndAnEmptyOneIsNull) {
  write("qasper_e.jsonl",
        row("dog", "dog", 3999) + row("x", "dog", 4000) + row("dog", "dog", 7999));
  const LongBenchScore scored = score(LongBenchEdition::kE);
  EXPECT_EQ(scored.tasks[0].figures[0], 100.0);
  EXPECT_EQ(scored.tasks[0].figures[1], 50.0);
  EXPECT_TRUE(std::isnan(scored.tasks[0].figures[2]));
  const Json json = scores_as_json(scored);
  EXPECT_EQ(json.at("benchmark"), "longbench-e");
  EXPECT_EQ(json.at("scores").at("qasper"),
            Json({{"0-4k", 100.0}, {"4-8k", 50.0}, {"8k+", nullptr}}));
  EXPECT_EQ(json.at("average").at("mean_of_tasks").at("0-4k"), 100.0);
  EXPECT_EQ(json.at("expected").at("qasper"), 224);
}

TEST_F(FolderScoreTest, RefusesNamesThatAreNoTask) {
  write("qaspre.jsonl", rows(1, 1));
  EXPECT_THAT(error(),
              HasSubstr("qaspre.jsonl: 'qaspre' is not a task of longbench; did you mean"));
  std::filesystem::rename(folder_ / "qaspre.jsonl", folder_ / "musique.jsonl");
  EXPECT_THAT(error(LongBenchEdition::kE), HasSubstr("'musique' is not a task of longbench-e"));
}

TEST_F(FolderScoreTest, RefusesATaskThatIsThereTwiceAndAFolderWithoutAny) {
  EXPECT_THAT(error(), HasSubstr("holds no prediction files"));
  write("qasper.jsonl", rows(1, 1));
  write("qasper_e.jsonl", rows(1, 1));
  write("result.json", "{}");
  EXPECT_THAT(error(), HasSubstr("qasper_e.jsonl: the predictions of qasper are in qasper.jsonl"));
}

TEST_F(FolderScoreTest, WritesTheScoreOfEveryRow) {
  write("qasper.jsonl", row("big dog", "dog", 1) + row("dog", "dog", 2));
  write_per_sample(score(), folder_ / "out");
  const Json json = Json::parse(std::ifstream(folder_ / "out/qasper.json"));
  EXPECT_EQ(json,
            Json({{"task", "qasper"}, {"n", 2}, {"per_sample", {"0.6666666666666666", "1.0"}}}));
}

TEST_F(FolderScoreTest, NamesTheSimilarityOfCode) {
  write("lcc.jsonl", row("qabxcd", "abcdqab", 1));
  const auto text = [&](CodeRatio ratio) {
    return scores_as_text(score_folder(folder_.path(), LongBenchEdition::kV1, ratio,
                                       ExpectedCounts(LongBenchEdition::kV1)));
  };
  EXPECT_THAT(text(CodeRatio::kDifflib), HasSubstr("code_sim          1   46.00"));
  EXPECT_THAT(text(CodeRatio::kLevenshtein), HasSubstr("code_sim_levenshtein    1   62.00"));
}

TEST_F(FolderScoreTest, PointsAtLongBenchEWhereNamesOrRowsAreItsOwn) {
  const auto warnings = [](const std::filesystem::path& folder,
                           LongBenchEdition edition = LongBenchEdition::kV1) {
    return score_folder(folder, edition, CodeRatio::kDifflib, ExpectedCounts(edition)).warnings();
  };
  const auto hint = HasSubstr("; --benchmark longbench-e scores such predictions by length");
  write("a/qasper.jsonl", rows(200, 1));
  EXPECT_THAT(warnings(folder_ / "a"), Not(testing::Contains(hint)));
  write("b/qasper_e.jsonl", rows(200, 1));
  EXPECT_THAT(warnings(folder_ / "b"), testing::Contains(hint));
  EXPECT_THAT(warnings(folder_ / "b", LongBenchEdition::kE), Not(testing::Contains(hint)));
  write("pred_e/model/qasper.jsonl", rows(200, 1));
  EXPECT_THAT(warnings(folder_ / "pred_e/model"),
              testing::Contains(HasSubstr("the folder pred_e is named as one of LongBench-E")));
  write("c_e/qasper.jsonl", row("x", "dog", 1) + row("y", "dog", 1));
  EXPECT_THAT(warnings(folder_ / "c_e"), Not(testing::Contains(hint))) << "all of one length";
  write("d_e/narrativeqa.jsonl", rows(200, 1));
  EXPECT_THAT(warnings(folder_ / "d_e"), Not(testing::Contains(hint))) << "E has no such task";

  const LongBenchRows& of_e = find_longbench_task("hotpotqa", LongBenchEdition::kE).e;
  std::string text;
  for (size_t range = 0; range < of_e.in_range.size(); ++range) {
    for (int i = 0; i < of_e.in_range[range]; ++i) {
      text += row("x", "dog", static_cast<int>(4000 * range) + i);
    }
  }
  write("e/hotpotqa.jsonl", text);
  EXPECT_THAT(warnings(folder_ / "e"), testing::Contains(HasSubstr("rows of LongBench-E")));
}

}  // namespace
}  // namespace skipbench
