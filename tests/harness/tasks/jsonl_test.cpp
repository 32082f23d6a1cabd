#include <gmock/gmock.h>

#include <fstream>

#include "kernels/base/error.h"
#include "tests/harness/tasks/support/make_task.h"
#include "tests/support/scratch_folder.h"

namespace skipbench {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

class Jsonl : public testing::Test {
 protected:
  std::string write(std::string_view text, const std::string& name = "rows.jsonl") {
    const auto path = folder_ / name;
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }

  std::unique_ptr<Task> task(std::string_view text, Json params = Json::object()) {
    params["file"] = write(text);
    return make_task("jsonl", params);
  }

  Sample only_sample(std::string_view row, Json params = Json::object()) {
    const auto made = task(row, std::move(params));
    return made->sample(made->subsets().at(0), 0, count_words);
  }

  std::string error(std::string_view text) {
    try {
      task(text);
    } catch (const InputError& error) {
      return error.what();
    }
    return "no error";
  }

  ScratchFolder folder_;
};

TEST_F(Jsonl, TakesAPromptAsItStands) {
  const Sample sample = only_sample(R"({"prompt": "2 + 2?", "answers": ["4", "four"], "id": "sum",)"
                                    R"( "answer_prefix": "It is", "chat": false})",
                                    {{"max_new_tokens", 5}, {"stop_at_newline", true}});
  EXPECT_EQ(sample.id, "sum");
  EXPECT_EQ(sample.message, "2 + 2?");
  EXPECT_EQ(sample.answer_prefix, "It is");
  EXPECT_THAT(sample.answers, ElementsAre("4", "four"));
  EXPECT_FALSE(sample.use_chat_template);
  EXPECT_EQ(sample.max_new_tokens, 5);
  EXPECT_TRUE(sample.stop_at_newline);
}

TEST_F(Jsonl, PutsContextAndInputTogether) {
  const Sample sample = only_sample(R"({"context": "A text.", "input": "Why?", "answers": "so"})");
  EXPECT_EQ(sample.message, "A text.\n\nWhy?");
  EXPECT_THAT(sample.answers, ElementsAre("so"));
  EXPECT_TRUE(sample.use_chat_template);
  EXPECT_EQ(sample.id, "0");
}

TEST_F(Jsonl, ARowsOwnChatWinsOverTheTasks) {
  const std::string rows =
      "{\"prompt\": \"a\", \"answers\": \"x\"}\n"
      "{\"prompt\": \"b\", \"answers\": \"x\", \"chat\": true}\n";
  const auto made = task(rows, {{"chat", false}});
  const Subset subset = made->subsets().at(0);
  EXPECT_FALSE(made->sample(subset, 0, count_words).use_chat_template);
  EXPECT_TRUE(made->sample(subset, 1, count_words).use_chat_template);
}

TEST_F(Jsonl, SkipsBlankLinesAndTakesALastLineWithoutLineBreak) {
  const auto made = task(
      "\n{\"prompt\": \"a\", \"answers\": \"x\"}\r\n  \n{\"prompt\": \"b\", \"answers\": \"y\"}");
  const Subset subset = made->subsets().at(0);
  EXPECT_EQ(subset.name, "rows");
  EXPECT_EQ(subset.samples, 2);
  EXPECT_EQ(made->sample(subset, 1, count_words).message, "b");
}

TEST_F(Jsonl, LimitsItsRowsAndKeepsItsHash) {
  const std::string rows =
      "{\"prompt\": \"a\", \"answers\": \"x\"}\n{\"prompt\": \"b\", \"answers\": \"y\"}\n";
  const auto all = task(rows), limited = task(rows, {{"limit", 1}});
  EXPECT_EQ(limited->subsets().at(0).samples, 1);
  EXPECT_EQ(limited->subsets().at(0).expected, 2);
  EXPECT_EQ(all->data_hash(), limited->data_hash());
  EXPECT_NE(all->data_hash(), task(rows + "\n")->data_hash());
  EXPECT_NE(all->data_hash(), task(rows, {{"max_new_tokens", 3}})->data_hash());
}

TEST_F(Jsonl, ScoresByTheChosenMetric) {
  const std::string row = R"({"prompt": "a", "answers": ["blue sky", "red"]})";
  Sample sample = only_sample(row);
  EXPECT_EQ(task(row)->score(sample, "Red!").at(0).metric, "qa_f1");
  EXPECT_EQ(task(row)->score(sample, "Red!").at(0).value, 100.0);
  EXPECT_NEAR(task(row)->score(sample, "the blue").at(0).value, 100 * 2.0 / 3.0, 1e-9);
  EXPECT_EQ(task(row, {{"metric", "exact_match"}})->score(sample, "blue").at(0).value, 0.0);
  EXPECT_EQ(task(row, {{"metric", "contains_answer"}})->score(sample, "It is RED.").at(0).value,
            100.0);
}

TEST_F(Jsonl, ParametersNeedAFileAndAKnownMetric) {
  EXPECT_THAT(problems_of("jsonl", Json::object()), ElementsAre(HasSubstr("file: must be given")));
  EXPECT_THAT(problems_of("jsonl", {{"file", "x"}, {"metric", "qa_f2"}}),
              ElementsAre(HasSubstr("did you mean 'qa_f1'?")));
}

TEST_F(Jsonl, NamesTheFileThatIsMissing) {
  EXPECT_THAT(
      [&] {
        make_task("jsonl", {{"file", (folder_ / "none.jsonl").string()}});
      },
      testing::ThrowsMessage<InputError>(HasSubstr("none.jsonl")));
}

TEST_F(Jsonl, NamesFileAndLineOfWhatIsWrong) {
  const std::string good = "{\"prompt\": \"a\", \"answers\": \"x\"}\n";
  const auto second_line = [&](std::string_view row) { return error(good + std::string(row)); };

  EXPECT_THAT(second_line("{\"prompt\": "), HasSubstr("rows.jsonl:2:12: not JSON: "));
  EXPECT_THAT(second_line(R"({"prompt": "a" "answers": "x"})"),
              EndsWith("rows.jsonl:2:16: not JSON: unexpected string literal; expected '}'; put a "
                       "comma between two entries"));
  EXPECT_THAT(second_line("1e999"), HasSubstr("rows.jsonl:2:1: not JSON: number overflow"));
  EXPECT_THAT(second_line("[1]"), EndsWith("rows.jsonl:2: got array, expected a JSON object"));
  EXPECT_THAT(second_line(R"({"prompt": "a"})"), HasSubstr("rows.jsonl:2: expected 'answers'"));
  EXPECT_THAT(second_line(R"({"prompt": 5, "answers": "x"})"),
              EndsWith("rows.jsonl:2: prompt: got 5, expected text"));
  EXPECT_THAT(second_line(R"({"answers": "x"})"),
              EndsWith("rows.jsonl:2: expected 'prompt', or 'context' with 'input'"));
  EXPECT_THAT(second_line(R"({"context": "c", "answers": "x"})"),
              EndsWith("rows.jsonl:2: 'context' needs 'input' beside it"));
  EXPECT_THAT(second_line(R"({"prompt": "p", "context": "c", "input": "i", "answers": "x"})"),
              HasSubstr("rows.jsonl:2: expected either 'prompt' or 'context' with 'input'"));
  EXPECT_THAT(second_line(R"({"prompt": "a", "answers": []})"),
              HasSubstr("rows.jsonl:2: answers: got [], expected a text or a list of texts"));
  EXPECT_THAT(second_line(R"({"prompt": "a", "answers": ["x", 3]})"),
              HasSubstr(R"(rows.jsonl:2: answers: got ["x",3])"));
  EXPECT_THAT(second_line(R"({"prompt": "a", "answers": "x", "chat": 1})"),
              EndsWith("rows.jsonl:2: chat: got 1, expected true or false"));
  EXPECT_THAT(second_line(R"({"prompt": "a", "answers": "x", "id": "0"})"),
              EndsWith("rows.jsonl:2: id '0' was used in line 1 already; give it another"));
}

TEST_F(Jsonl, TakesAMisspeltKeyForASlipAndIgnoresOtherFields) {
  EXPECT_THAT(error(R"({"promt": "a", "answers": "x"})"),
              EndsWith("rows.jsonl:1: unknown key 'promt'; did you mean 'prompt'?"));
  EXPECT_EQ(only_sample(R"({"prompt": "a", "answers": "x", "length": 12, "dataset": "d"})").message,
            "a");
}

TEST_F(Jsonl, RefusesAFileWithoutRows) {
  EXPECT_THAT(error(""), EndsWith("rows.jsonl: expected rows, the file has none"));
  EXPECT_THAT(error("\n\n"), EndsWith("rows.jsonl: expected rows, the file has none"));
}

}  // namespace
}  // namespace skipbench
