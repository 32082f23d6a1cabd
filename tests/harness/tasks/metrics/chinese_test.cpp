#include <gmock/gmock.h>

#include "harness/base/folders.h"
#include "harness/tasks/metrics/qa_f1_zh.h"
#include "harness/tasks/metrics/retrieval.h"
#include "harness/tasks/metrics/rouge_zh.h"

// LongBench's Chinese scores; the words are those of jieba's dictionary.
namespace skipbench {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ChineseMetrics : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(cache_folder() / "jieba-0.42.1")) {
      GTEST_SKIP() << "jieba's word list is absent; scripts/fetch_jieba fetches it";
    }
  }
};

TEST_F(ChineseMetrics, WordsHaveNoPunctuationSpaceOrCase) {
  EXPECT_THAT(normalized_chinese_words("我来到北京清华大学。"),
              ElementsAre("我", "来到", "北京", "清华大学"));
  EXPECT_THAT(normalized_chinese_words("红楼梦》 ABC, 3.5%"), ElementsAre("红楼梦", "abc", "35"));
  EXPECT_THAT(normalized_chinese_words("！？｡。〃》「」–—‘’﹏. \u3000\r\n"), IsEmpty());
}

// The published list of punctuation has the closing bracket and not the opening one.
TEST_F(ChineseMetrics, AnOpeningTitleBracketIsAWord) {
  EXPECT_THAT(normalized_chinese_words("《红楼梦》"), ElementsAre("《", "红楼梦"));
}

TEST_F(ChineseMetrics, QaF1CountsCommonWords) {
  EXPECT_EQ(qa_f1_zh({"北京清华大学", "清华大学。"}), 2 * 0.5 * 1.0 / 1.5);
  EXPECT_EQ(qa_f1_zh({"清华", "北京"}), 0.0);
  EXPECT_EQ(qa_f1_zh({"。", "。"}), 0.0);
}

TEST_F(ChineseMetrics, RougeTakesWordsAsJiebaCutsThem) {
  // 我 来到 北京 of 4 words against 我 来到 北京 清华大学 of the same number.
  const double half = 2.0 * ((0.75 * 0.75) / (0.75 + 0.75 + 1e-8));
  EXPECT_EQ(rouge_zh({"我来到北京大学", "我来到北京清华大学"}),
            2.0 * ((2.0 / 3 * 0.5) / (2.0 / 3 + 0.5 + 1e-8)));
  EXPECT_EQ(rouge_zh({"我来到北京上海", "我来到北京清华大学"}), half);
  EXPECT_EQ(rouge_zh({"", "我"}), 0.0);
}

TEST(RetrievalZh, ComparesWithTheNumberOfTheGoldParagraph) {
  EXPECT_EQ(retrieval_zh({"段落12", "段落12"}), 1.0);
  EXPECT_EQ(retrieval_zh({"12和3", "段落12"}), 0.5);
  EXPECT_EQ(retrieval_zh({"段落1", "段落12"}), 0.0);
  EXPECT_EQ(retrieval_zh({"12", "十二"}), 0.0);
}

}  // namespace
}  // namespace skipbench
