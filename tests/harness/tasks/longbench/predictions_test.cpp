#include "harness/tasks/longbench/predictions.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "kernels/base/error.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/write_file.h"

namespace skipbench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::ThrowsMessage;

class PredictionsTest : public testing::Test {
 protected:
  PredictionFile read(std::string_view text, std::string_view task = "qasper",
                      LongBenchEdition edition = LongBenchEdition::kV1) const {
    const auto file = write_file(folder_ / "rows.jsonl", text);
    return read_predictions(file, find_longbench_task(task, edition), edition);
  }
  // The message without the folder's name.
  std::string error_of(std::string_view text, std::string_view task = "qasper",
                       LongBenchEdition edition = LongBenchEdition::kV1) const {
    try {
      read(text, task, edition);
    } catch (const InputError& error) {
      const std::string message = error.what();
      return message.substr(message.find("rows.jsonl"));
    }
    return "no error";
  }

  ScratchFolder folder_;
};

TEST_F(PredictionsTest, ReadRowsAndSkipBlankLinesAndOtherKeys) {
  const PredictionFile file = read(
      "{\"pred\": \"a\\nb\", \"answers\": [\"x\", \"y\"], \"all_classes\": null, \"length\": "
      "12}\r\n"
      "\n"
      "{\"pred\": \"\", \"answers\": [], \"extra\": {}}");
  ASSERT_THAT(file.rows, SizeIs(2));
  EXPECT_EQ(file.rows[0].text, "a\nb");
  EXPECT_THAT(file.rows[0].answers, ElementsAre("x", "y"));
  EXPECT_EQ(file.rows[0].length, 12);
  EXPECT_EQ(file.rows[1].length, std::nullopt);
  EXPECT_THAT(file.lines, ElementsAre(1, 3));
}

TEST_F(PredictionsTest, TakeTheClassesFromTheLastRow) {
  const PredictionFile file = read(R"({"pred": "a", "answers": ["x"], "all_classes": ["old"]})"
                                   "\n"
                                   R"({"pred": "a", "answers": ["x"], "all_classes": ["x", "y"]})",
                                   "trec");
  EXPECT_THAT(file.classes, ElementsAre("x", "y"));
}

TEST_F(PredictionsTest, NameTheLineAndWhatIsWrongWithIt) {
  const std::string good = R"({"pred": "a", "answers": ["x"], "length": 1})";
  EXPECT_THAT(error_of(good + "\n{\"pred\": \"a\", "), HasSubstr("rows.jsonl:2:15: not JSON: "));
  EXPECT_THAT(error_of("\n" + good + "\n[1]"),
              HasSubstr("rows.jsonl:3: got array, expected a JSON object"));
  EXPECT_THAT(error_of(R"({"answers": ["x"]})"),
              HasSubstr("rows.jsonl:1: expected the key 'pred'"));
  EXPECT_THAT(error_of(R"({"pred": null, "answers": ["x"]})"),
              HasSubstr("pred: got null, expected text"));
  EXPECT_THAT(error_of(R"({"pred": "a", "answers": "x"})"),
              HasSubstr("answers: got \"x\", expected a list of texts"));
  EXPECT_THAT(error_of(R"({"pred": "a", "answers": ["x"], "length": "3"})"),
              HasSubstr("length: got \"3\", expected a number"));
  EXPECT_THAT(error_of("{\"pred\": \"\xff\", \"answers\": []}"),
              HasSubstr("rows.jsonl:1:11: not JSON: invalid string: ill-formed UTF-8"));
}

TEST_F(PredictionsTest, NeedLengthsInEAndClassesWhereOneIsChosen) {
  EXPECT_THAT(error_of(R"({"pred": "a", "answers": ["x"]})", "qasper", LongBenchEdition::kE),
              HasSubstr("rows.jsonl:1: expected the key 'length'"));
  EXPECT_THAT(error_of(R"({"pred": "a", "answers": ["x"], "all_classes": null})", "trec"),
              HasSubstr("all_classes: got null, expected a list of texts"));
}

TEST_F(PredictionsTest, ReadHalfOfASurrogatePairAsAReplacementCharacter) {
  const PredictionFile file =
      read(R"({"pred": "x\ud83d \ud83d\ude00 \\ud83d \uDE00\n", "answers": ["\ud83d"]})");
  EXPECT_EQ(file.rows[0].text, "x\uFFFD \U0001F600 \\ud83d \uFFFD\n");
  EXPECT_THAT(file.rows[0].answers, ElementsAre("\uFFFD"));
}

std::string reply_row(std::string_view pred, std::string_view answer, int length) {
  return fmt::format("{{\"pred\": \"{}\", \"answers\": [\"{}\"], \"length\": {}}}\n", pred, answer,
                     length);
}

TEST_F(PredictionsTest, CallARowRepeatedWhenAnswersAndLengthAreThoseOfAnEarlierOne) {
  const PredictionFile file = read(reply_row("a", "x", 1) + reply_row("b", "x", 2) +
                                   reply_row("c", "y", 1) + reply_row("d", "x", 1));
  const std::vector<RepeatedRow> repeated = repeated_rows(file);
  ASSERT_THAT(repeated, SizeIs(1));
  EXPECT_EQ(repeated[0].line, 4u);
  EXPECT_EQ(repeated[0].earlier_line, 1u);
}

TEST_F(PredictionsTest, LookAtTheReplyTooWhereAllLengthsAreEqual) {
  EXPECT_THAT(repeated_rows(read(reply_row("a", "x", 0) + reply_row("b", "x", 0))), SizeIs(0));
  EXPECT_THAT(repeated_rows(read(reply_row("a", "x", 0) + reply_row("a", "x", 0))), SizeIs(1));
}

}  // namespace
}  // namespace skipbench
