#include <gmock/gmock.h>

#include <cmath>
#include <regex>
#include <set>

#include "kernels/base/error.h"
#include "tests/harness/tasks/support/make_task.h"

namespace skipbench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Needle {
  std::string key, value;
  double depth;  // share of the text between the instruction and the question
};

std::vector<Needle> needles_in(const std::string& message) {
  const size_t begin = message.find("\n\n") + 2, end = message.rfind("\n\n");
  const std::string context = message.substr(begin, end - begin);
  static const std::regex pattern("The secret number for ([a-z-]+) is ([0-9]+)\\.");
  std::vector<Needle> needles;
  for (std::sregex_iterator match(context.begin(), context.end(), pattern), none; match != none;
       ++match) {
    needles.push_back(
        {(*match)[1], (*match)[2],
         static_cast<double>(match->position()) / static_cast<double>(context.size())});
  }
  return needles;
}

std::vector<Sample> all_samples(const Task& task) {
  std::vector<Sample> samples;
  for (const Subset& subset : task.subsets()) {
    for (int64_t i = 0; i < subset.samples; ++i) {
      samples.push_back(task.sample(subset, i, count_words));
    }
  }
  return samples;
}

TEST(Needle, HasASubsetForEachLength) {
  const auto task = make_task("needle", {{"lengths", {512, 1024}}, {"samples", 8}, {"limit", 3}});
  const auto subsets = task->subsets();
  ASSERT_EQ(subsets.size(), 2u);
  EXPECT_EQ(subsets[1].name, "1024");
  EXPECT_EQ(subsets[1].samples, 3);
  EXPECT_EQ(subsets[1].expected, 8);
}

TEST(Needle, MessagesComeWithinThreePercentOfTheirLength) {
  for (const char* haystack : {"noise", "articles"}) {
    const auto task = make_task(
        "needle", {{"lengths", {256, 1024, 8192}}, {"samples", 3}, {"haystack", haystack}});
    for (const Subset& subset : task->subsets()) {
      const double target = std::stod(subset.name);
      for (int64_t i = 0; i < subset.samples; ++i) {
        const auto tokens = count_words(task->sample(subset, i, count_words).message);
        EXPECT_LE(tokens, target);
        EXPECT_GE(tokens, 0.97 * target) << haystack;
      }
    }
  }
}

TEST(Needle, CountsTokensAtMostTwentyTimesASample) {
  for (const char* haystack : {"noise", "articles"}) {
    const auto task = make_task("needle", {{"lengths", {1024, 16384}}, {"haystack", haystack}});
    for (const Subset& subset : task->subsets()) {
      int counts = 0;
      task->sample(subset, 0, [&](std::string_view text) {
        ++counts;
        return static_cast<int64_t>(text.size()) / 4;
      });
      EXPECT_LE(counts, 20);
    }
  }
}

TEST(Needle, TheAskedNumberStandsInTheMessageExactlyOnce) {
  for (const char* haystack : {"noise", "articles"}) {
    for (const Sample& sample : all_samples(*make_task("needle", {{"haystack", haystack}}))) {
      EXPECT_EQ(occurrences(sample.message, sample.answers.at(0)), 1u);
      const auto needles = needles_in(sample.message);
      ASSERT_EQ(needles.size(), 1u);
      EXPECT_EQ(needles[0].value, sample.answers[0]);
      EXPECT_THAT(sample.message, HasSubstr("What is the secret number for " + needles[0].key));
      EXPECT_THAT(sample.answer_prefix, HasSubstr(needles[0].key));
    }
  }
}

TEST(Needle, ValuesHaveTheWantedDigits) {
  for (const int digits : {1, 4, 7, 15}) {
    const auto task = make_task("needle", {{"digits", digits}, {"samples", 3}});
    for (const Sample& sample : all_samples(*task)) {
      EXPECT_EQ(sample.answers.at(0).size(), static_cast<size_t>(digits));
      EXPECT_GE(sample.max_new_tokens, digits + 1);
    }
  }
}

TEST(Needle, LiesAboutAsDeepAsAsked) {
  for (const char* haystack : {"noise", "articles"}) {
    const auto task = make_task(
        "needle",
        {{"depths", {0, 50, 90}}, {"samples", 6}, {"lengths", {2048}}, {"haystack", haystack}});
    const Subset subset = task->subsets()[0];
    const double asked[] = {0.0, 0.5, 0.9, 0.0, 0.5, 0.9};
    for (int64_t i = 0; i < 6; ++i) {
      const auto needles = needles_in(task->sample(subset, i, count_words).message);
      ASSERT_EQ(needles.size(), 1u);
      EXPECT_NEAR(needles[0].depth, asked[i], 0.02) << haystack;
    }
  }
}

TEST(Needle, SpreadsOverAllDepthsWhenNoneIsGiven) {
  const auto task = make_task("needle", {{"samples", 10}, {"lengths", {2048}}});
  std::set<int> tenths;
  for (const Sample& sample : all_samples(*task)) {
    tenths.insert(static_cast<int>(needles_in(sample.message).at(0).depth * 10));
  }
  EXPECT_GE(tenths.size(), 7u);
}

TEST(Needle, SeveralKeysHaveDifferentNamesAndNumbersAndOneIsAsked) {
  const auto task = make_task("needle", {{"keys", 8}, {"samples", 4}, {"lengths", {1024}}});
  for (const Sample& sample : all_samples(*task)) {
    std::set<std::string> keys, values;
    std::string asked;
    for (const Needle& needle : needles_in(sample.message)) {
      keys.insert(needle.key);
      values.insert(needle.value);
      if (needle.value == sample.answers.at(0)) asked = needle.key;
    }
    EXPECT_EQ(keys.size(), 8u);
    EXPECT_EQ(values.size(), 8u);
    EXPECT_THAT(sample.message, HasSubstr("What is the secret number for " + asked + " "));
  }
}

TEST(Needle, AsManyOneDigitNumbersAsThereAreCanBeHidden) {
  const auto task = make_task("needle", {{"keys", 9}, {"digits", 1}, {"samples", 1}});
  EXPECT_EQ(needles_in(all_samples(*task).at(0).message).size(), 9u);
  EXPECT_THAT(problems_of("needle", {{"keys", 10}, {"digits", 1}}),
              ElementsAre("keys: got 10, but there are only 9 different numbers of 1 digits"));
}

TEST(Needle, TheSameSeedGivesTheSameSamplesAndAnotherSeedOthers) {
  const auto once = all_samples(*make_task("needle", Json::object(), 3));
  const auto again = all_samples(*make_task("needle", Json::object(), 3));
  const auto other = all_samples(*make_task("needle", Json::object(), 4));
  ASSERT_EQ(once.size(), again.size());
  for (size_t i = 0; i < once.size(); ++i) {
    EXPECT_EQ(once[i].message, again[i].message);
    EXPECT_EQ(once[i].answers, again[i].answers);
    EXPECT_NE(once[i].answers, other[i].answers);
  }
}

TEST(Needle, MoreSamplesLeaveTheEarlierOnesAlone) {
  const auto few = make_task("needle", {{"samples", 3}, {"lengths", {1024}}});
  const auto many = make_task("needle", {{"samples", 30}, {"lengths", {512, 1024}}});
  EXPECT_EQ(few->sample(few->subsets()[0], 2, count_words).message,
            many->sample(many->subsets()[1], 2, count_words).message);
  EXPECT_EQ(few->data_hash(), many->data_hash());
}

TEST(Needle, DataHashFollowsWhatChangesTheSamples) {
  const std::string hash = make_task("needle", Json::object(), 0)->data_hash();
  EXPECT_EQ(hash, make_task("needle", {{"limit", 2}}, 0)->data_hash());
  EXPECT_NE(hash, make_task("needle", Json::object(), 1)->data_hash());
  EXPECT_NE(hash, make_task("needle", {{"keys", 2}}, 0)->data_hash());
  EXPECT_NE(hash, make_task("needle", {{"depths", {10}}}, 0)->data_hash());
  EXPECT_NE(hash, make_task("needle", {{"haystack", "articles"}}, 0)->data_hash());
}

TEST(Needle, RefusesALengthThatTheQuestionDoesNotFitIn) {
  const auto task = make_task("needle", {{"lengths", {20}}});
  try {
    task->sample(task->subsets()[0], 0, count_words);
    FAIL() << "20 words hold no question";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("task needle, lengths: 20 tokens do not hold"));
  }
}

TEST(Needle, ScoresTheFirstNumberOfTheReply) {
  const auto task = make_task("needle", Json::object());
  Sample sample;
  sample.answers = {"4839201"};
  const auto scores = [&](std::string_view reply) {
    const auto values = task->score(sample, reply);
    EXPECT_EQ(values.at(0).metric, "exact_match");
    EXPECT_EQ(values.at(1).metric, "contains_answer");
    return std::vector<double>{values[0].value, values[1].value};
  };
  EXPECT_THAT(scores(" 4839201."), ElementsAre(100, 100));
  EXPECT_THAT(scores("The number is 4839201, I think. Or 12."), ElementsAre(100, 100));
  EXPECT_THAT(scores("12 or 4839201"), ElementsAre(0, 100));
  EXPECT_THAT(scores("48392011"), ElementsAre(0, 100));
  EXPECT_THAT(scores("4839202"), ElementsAre(0, 0));
  EXPECT_THAT(scores("no idea"), ElementsAre(0, 0));
  EXPECT_THAT(scores(""), ElementsAre(0, 0));
}

TEST(Needle, ChatTemplateAndAnswerPrefixCanBeSwitchedOff) {
  const auto task = make_task("needle", {{"chat", false}, {"answer_prefix", false}});
  const Sample sample = task->sample(task->subsets()[0], 0, count_words);
  EXPECT_FALSE(sample.use_chat_template);
  EXPECT_EQ(sample.answer_prefix, "");
}

}  // namespace
}  // namespace skipbench
