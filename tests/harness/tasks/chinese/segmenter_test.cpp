#include "harness/tasks/chinese/segmenter.h"

#include <gmock/gmock.h>

#include "kernels/base/error.h"
#include "kernels/base/json.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/write_file.h"

// A dictionary and a model small enough to follow by hand; tests/parity compares the real ones with
// jieba.
namespace skipbench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

// Every state can follow where the model allows it, and all emissions are equal unless a test says
// otherwise: then the start and transition tables decide.
Json tiny_model() {
  return {{"start", {{"B", -0.5}, {"E", -3.14e100}, {"M", -3.14e100}, {"S", -1.0}}},
          {"trans",
           {{"B", {{"E", -0.5}, {"M", -1.0}}},
            {"E", {{"B", -0.5}, {"S", -0.9}}},
            {"M", {{"E", -0.5}, {"M", -1.0}}},
            {"S", {{"B", -0.7}, {"S", -0.7}}}}},
          {"emit",
           {{"B", Json::object()},
            {"E", Json::object()},
            {"M", Json::object()},
            {"S", Json::object()}}}};
}

class SegmenterTest : public testing::Test {
 protected:
  Segmenter segmenter(const std::string& words, const Json& model = tiny_model()) const {
    write_file(folder_ / "dict.txt", words);
    write_file(folder_ / "hmm.json", model.dump());
    return Segmenter(folder_.path());
  }
  // Emissions under which `characters` are most likely where the model expects them.
  static Json model_with(const std::string& state, const std::vector<std::string>& characters) {
    Json model = tiny_model();
    for (const std::string& character : characters) model["emit"][state][character] = -1.0;
    return model;
  }

  ScratchFolder folder_;
};

TEST_F(SegmenterTest, TakesTheMostProbableWayThroughTheDictionary) {
  // ab|c with 50 * 10 beats a|bc with 10 * 20 (of 90).
  const Segmenter cutter = segmenter("甲乙 50 n\n乙丙 20 n\n甲 10 n\n丙 10 n\n");
  EXPECT_THAT(cutter.cut("甲乙丙"), ElementsAre("甲乙", "丙"));
}

TEST_F(SegmenterTest, PrefersTheLongerFirstWordOfEquallyProbableWays) {
  const Segmenter cutter = segmenter("甲乙 20 n\n乙丙 20 n\n甲 10 n\n丙 10 n\n");
  EXPECT_THAT(cutter.cut("甲乙丙"), ElementsAre("甲乙", "丙"));
}

TEST_F(SegmenterTest, AWordWithoutCountsIsOnlyTheBeginningOfOthers) {
  const Segmenter cutter =
      segmenter("甲乙 0 n\n甲乙丙 5 n\n甲 5 n\n乙 5 n\n", model_with("S", {"甲", "乙"}));
  EXPECT_THAT(cutter.cut("甲乙丙"), ElementsAre("甲乙丙"));
  EXPECT_THAT(cutter.cut("甲乙"), ElementsAre("甲", "乙"));
}

TEST_F(SegmenterTest, TheModelFindsWordsAmongSingleCharacters) {
  const Segmenter cutter = segmenter("甲乙 50 n\n", model_with("E", {"戊"}));
  EXPECT_THAT(cutter.cut("甲乙丁戊甲乙"), ElementsAre("甲乙", "丁戊", "甲乙"));
  EXPECT_THAT(cutter.cut("甲乙丁甲乙"), ElementsAre("甲乙", "丁", "甲乙"));
}

TEST_F(SegmenterTest, TheModelIsNotAskedAboutAWordThatWasCutIntoCharacters) {
  // 甲乙 is so rare that its characters are more probable; the model would join them.
  const Segmenter cutter = segmenter("甲 1000 n\n乙 1000 n\n甲乙 1 n\n", model_with("E", {"乙"}));
  EXPECT_THAT(cutter.cut("甲乙"), ElementsAre("甲", "乙"));
  EXPECT_THAT(cutter.cut("甲乙甲乙"), ElementsAre("甲乙", "甲乙"));
}

TEST_F(SegmenterTest, KeepsWordsAndNumbersOfAsciiTogether) {
  const Segmenter cutter = segmenter("甲 1 n\n");
  EXPECT_THAT(cutter.cut("v2.0 is 12.5%!"), ElementsAre("v2.0", " ", "is", " ", "12.5%", "!"));
  EXPECT_THAT(cutter.cut("3.14.15"), ElementsAre("3.14", ".", "15"));
  EXPECT_THAT(cutter.cut("x.y"), ElementsAre("x", ".", "y"));
  EXPECT_THAT(cutter.cut("a--_b"), ElementsAre("a", "--_", "b"));
  EXPECT_THAT(cutter.cut("5%%"), ElementsAre("5%", "%"));
}

TEST_F(SegmenterTest, FindsWordsOfTheDictionaryThatHoldOtherCharacters) {
  const Segmenter cutter = segmenter("c++ 30 n\nT恤 30 n\n");
  EXPECT_THAT(cutter.cut("c++T恤"), ElementsAre("c++", "T恤"));
}

TEST_F(SegmenterTest, EveryOtherCharacterIsAWordButALineBreakOfTwo) {
  const Segmenter cutter = segmenter("甲 1 n\n");
  EXPECT_THAT(cutter.cut("，甲。\r\n\r \u3000\u00e9"),
              ElementsAre("，", "甲", "。", "\r\n", "\r", " ", "\u3000", "\u00e9"));
  EXPECT_THAT(cutter.cut("\u9fd6\u3400"), ElementsAre("\u9fd6", "\u3400"));  // beyond jieba's range
  EXPECT_THAT(cutter.cut(""), IsEmpty());
}

TEST_F(SegmenterTest, NamesTheFileAndLineThatItCannotRead) {
  EXPECT_THAT(
      [&] { segmenter("甲 1 n\n乙\n"); },
      ThrowsMessage<InputError>(HasSubstr("dict.txt:2: got '乙', expected a word and its")));
  EXPECT_THAT([&] { segmenter(""); }, ThrowsMessage<InputError>(HasSubstr("holds no words")));
  Json model = tiny_model();
  model.erase("trans");
  EXPECT_THAT([&] { segmenter("甲 1 n\n", model); },
              ThrowsMessage<InputError>(HasSubstr("hmm.json: ")));
}

}  // namespace
}  // namespace skipbench
