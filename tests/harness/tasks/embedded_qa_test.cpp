#include <gmock/gmock.h>

#include <set>

#include "harness/tasks/articles.h"
#include "kernels/base/error.h"
#include "tests/harness/tasks/support/make_task.h"

namespace skipbench {
namespace {

using testing::HasSubstr;

const Article& article_of(const Sample& sample) {
  for (const Article& article : articles()) {
    for (const QuestionAnswer& pair : article.questions) {
      if (pair.answer == sample.answers.at(0)) return article;
    }
  }
  throw ContractError("no article holds " + sample.answers.at(0));
}

TEST(EmbeddedQa, TheWholeGoldArticleStandsInTheMessageOnce) {
  const auto task = make_task("embedded_qa", {{"lengths", {512, 2048}}, {"samples", 64}});
  for (const Subset& subset : task->subsets()) {
    for (int64_t i = 0; i < subset.samples; ++i) {
      const Sample sample = task->sample(subset, i, count_words);
      EXPECT_EQ(occurrences(sample.message, article_of(sample).text), 1u);
      EXPECT_EQ(occurrences(sample.message, sample.answers[0]),
                occurrences(article_of(sample).text, sample.answers[0]));
    }
  }
}

TEST(EmbeddedQa, AsksEveryQuestionOnceInItsFirstSamples) {
  size_t pairs = 0;
  for (const Article& article : articles()) pairs += article.questions.size();
  const auto task = make_task("embedded_qa", {{"lengths", {512}}, {"samples", pairs}});
  std::set<std::string> answers;
  for (size_t i = 0; i < pairs; ++i) {
    answers.insert(task->sample(task->subsets()[0], i, count_words).answers.at(0));
  }
  EXPECT_EQ(answers.size(), pairs);
}

TEST(EmbeddedQa, EveryLengthAsksTheSameQuestions) {
  const auto task = make_task("embedded_qa", {{"lengths", {512, 4096}}});
  for (int64_t i = 0; i < 20; ++i) {
    EXPECT_EQ(task->sample(task->subsets()[0], i, count_words).answers,
              task->sample(task->subsets()[1], i, count_words).answers);
  }
}

TEST(EmbeddedQa, MessagesComeWithinThreePercentOfTheirLengthAlsoBeyondAllArticles) {
  const auto task = make_task("embedded_qa", {{"lengths", {400, 2048, 30000}}, {"samples", 4}});
  for (const Subset& subset : task->subsets()) {
    const double target = std::stod(subset.name);
    for (int64_t i = 0; i < subset.samples; ++i) {
      const auto tokens = count_words(task->sample(subset, i, count_words).message);
      EXPECT_LE(tokens, target);
      EXPECT_GE(tokens, 0.97 * target);
    }
  }
}

TEST(EmbeddedQa, TheGoldArticleWandersThroughTheText) {
  const auto task = make_task("embedded_qa", {{"lengths", {4096}}, {"samples", 20}});
  std::set<int> fifths;
  for (int64_t i = 0; i < 20; ++i) {
    const Sample sample = task->sample(task->subsets()[0], i, count_words);
    fifths.insert(
        static_cast<int>(5 * sample.message.find(article_of(sample).text) / sample.message.size()));
  }
  EXPECT_EQ(fifths.size(), 5u);
}

TEST(EmbeddedQa, TheSameSeedGivesTheSameSamplesAndAnotherSeedOthers) {
  const Json params = {{"lengths", {2048}}};
  const auto once = make_task("embedded_qa", params, 1),
             again = make_task("embedded_qa", params, 1),
             other = make_task("embedded_qa", params, 2);
  int different = 0;
  for (int64_t i = 0; i < 20; ++i) {
    const Subset subset = once->subsets()[0];
    const std::string message = once->sample(subset, i, count_words).message;
    EXPECT_EQ(message, again->sample(subset, i, count_words).message);
    different += message != other->sample(subset, i, count_words).message;
  }
  EXPECT_EQ(different, 20);
  EXPECT_EQ(once->data_hash(), again->data_hash());
  EXPECT_NE(once->data_hash(), other->data_hash());
}

TEST(EmbeddedQa, ScoresByF1AndContainedAnswer) {
  const auto task = make_task("embedded_qa", Json::object());
  Sample sample;
  sample.answers = {"the foxes ate them"};
  const auto values = task->score(sample, " Foxes ate the nets.");
  ASSERT_EQ(values.size(), 2u);
  EXPECT_EQ(values[0].metric, "qa_f1");
  EXPECT_NEAR(values[0].value, 100 * 2.0 / 3.0, 1e-9);  // foxes, ate of three words on each side
  EXPECT_EQ(values[1].metric, "contains_answer");
  EXPECT_EQ(values[1].value, 0.0);
  EXPECT_EQ(task->score(sample, "Because The Foxes Ate Them")[1].value, 100.0);
}

TEST(EmbeddedQa, RefusesALengthThatTheArticleDoesNotFitIn) {
  const auto task = make_task("embedded_qa", {{"lengths", {100}}});
  EXPECT_THAT([&] { task->sample(task->subsets()[0], 0, count_words); },
              testing::ThrowsMessage<InputError>(
                  HasSubstr("task embedded_qa, lengths: 100 tokens do not hold the article")));
}

}  // namespace
}  // namespace skipbench
