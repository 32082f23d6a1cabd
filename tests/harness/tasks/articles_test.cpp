#include "harness/tasks/articles.h"

#include <gmock/gmock.h>

#include <set>

#include "harness/tasks/calibration_articles.h"
#include "harness/tasks/metrics/unicode.h"
#include "tests/harness/tasks/support/make_task.h"

namespace skipbench {
namespace {

TEST(Articles, AreAtLeastThirtyTwoWithTwoQuestionsEach) {
  EXPECT_GE(articles().size(), 32u);
  for (const Article& article : articles()) {
    EXPECT_EQ(article.questions.size(), 2u) << article.name;
    EXPECT_FALSE(article.title.empty()) << article.name;
  }
}

TEST(Articles, HaveBetween150And250Words) {
  for (const Article& article : articles()) {
    EXPECT_GE(count_words(article.text), 150) << article.name;
    EXPECT_LE(count_words(article.text), 250) << article.name;
  }
}

TEST(Articles, HoldNoQuestionLinesInTheirText) {
  for (const Article& article : articles()) {
    EXPECT_EQ(article.text.find("Q: "), std::string_view::npos) << article.name;
    EXPECT_EQ(article.text.find("A: "), std::string_view::npos) << article.name;
    EXPECT_NE(article.text.back(), '\n') << article.name;
  }
}

TEST(Articles, DifferInNameTitleTextAndQuestions) {
  std::set<std::string_view> names, titles, texts, questions;
  size_t asked = 0;
  for (const Article& article : articles()) {
    names.insert(article.name);
    titles.insert(article.title);
    texts.insert(article.text);
    for (const QuestionAnswer& pair : article.questions) questions.insert(pair.question);
    asked += article.questions.size();
  }
  EXPECT_EQ(names.size(), articles().size());
  EXPECT_EQ(titles.size(), articles().size());
  EXPECT_EQ(texts.size(), articles().size());
  EXPECT_EQ(questions.size(), asked);
}

TEST(Articles, AnswersAreShortAndStandInTheirOwnArticleOnly) {
  for (const Article& article : articles()) {
    for (const QuestionAnswer& pair : article.questions) {
      EXPECT_LE(count_words(pair.answer), 8) << pair.answer;
      EXPECT_NE(article.text.find(pair.answer), std::string_view::npos) << pair.answer;
      for (const Article& other : articles()) {
        if (&other == &article) continue;
        EXPECT_EQ(lower(other.text).find(lower(pair.answer)), std::string::npos)
            << "'" << pair.answer << "' of " << article.name << " also in " << other.name;
      }
    }
  }
}

TEST(Articles, QuestionsDoNotGiveTheAnswerAway) {
  for (const Article& article : articles()) {
    for (const QuestionAnswer& pair : article.questions) {
      EXPECT_EQ(lower(pair.question).find(lower(pair.answer)), std::string::npos) << pair.question;
    }
  }
}

TEST(CalibrationArticles, AreAboutSixToEightThousandTokens) {
  int64_t words = 0;
  for (const std::string_view text : calibration_articles()) words += count_words(text);
  EXPECT_GE(calibration_articles().size(), 20u);
  EXPECT_GE(words * 3 / 2, 6000);  // English has at most about 1.5 tokens a word
  EXPECT_LE(words * 3 / 2, 8192);
}

TEST(CalibrationArticles, ShareNoSentenceWithTheArticlesThatAreAskedAbout) {
  for (const std::string_view text : calibration_articles()) {
    for (const Article& article : articles()) {
      EXPECT_EQ(text.find(article.title), std::string_view::npos) << article.title;
      for (const QuestionAnswer& pair : article.questions) {
        if (count_words(pair.answer) < 2) continue;  // a lone number or word proves nothing
        EXPECT_EQ(text.find(pair.answer), std::string_view::npos) << pair.answer;
      }
      for (size_t begin = 0; begin + 40 < article.text.size(); begin += 40) {
        EXPECT_EQ(text.find(article.text.substr(begin, 40)), std::string_view::npos)
            << article.name;
      }
    }
  }
}

}  // namespace
}  // namespace skipbench
