#include "harness/tasks/longbench/longbench.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "kernels/base/error.h"
#include "tests/harness/tasks/support/make_task.h"
#include "tests/support/data_folder.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/write_file.h"

namespace skipbench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

std::string data_row(std::string_view context, std::string_view input, int length) {
  return Json{{"context", context},
              {"input", input},
              {"answers", {"dog", "hound"}},
              {"all_classes", {"cat", "dog"}},
              {"length", length},
              {"dataset", "any"},
              {"_id", nullptr}}
             .dump() +
         "\n";
}

class LongBenchTaskTest : public testing::Test {
 protected:
  LongBenchTaskTest() {
    write("config/dataset2prompt.json",
          R"({"qasper": "Read {context} and say: {input}", "samsum": "{context}{input}",
              "trec": "{context}\n{input}", "hotpotqa": "{context}"})");
    write("config/dataset2maxlen.json",
          R"({"qasper": 128, "samsum": 128, "trec": 64, "hotpotqa": 32})");
    for (const char* file : {"qasper.jsonl", "samsum.jsonl", "trec.jsonl", "qasper_e.jsonl"}) {
      write(file, data_row("a {text}", "who?", 4100) + data_row("b\r\nc", "what?", 10));
    }
  }
  void write(const std::string& name, std::string_view text) const {
    write_file(folder_ / name, text);
  }
  Json params(std::vector<std::string> subsets, Json more = Json::object()) const {
    more["data"] = folder_.path().string();
    more["subsets"] = subsets;
    return more;
  }
  std::unique_ptr<Task> task(std::vector<std::string> subsets, Json more = Json::object()) const {
    return make_task("longbench", params(std::move(subsets), std::move(more)));
  }
  std::string error(std::vector<std::string> subsets, Json more = Json::object()) const {
    try {
      task(std::move(subsets), std::move(more));
    } catch (const InputError& error) {
      return error.what();
    }
    return "no error";
  }
  static Sample sample(const Task& task, size_t subset, int64_t index) {
    return task.sample(task.subsets().at(subset), index, count_words);
  }

  ScratchFolder folder_;
};

TEST_F(LongBenchTaskTest, NamesWhatIsWrongInTheBenchmarksOwnFiles) {
  write("config/dataset2maxlen.json", "{\"qasper\": 128,\n\"trec\": }");
  EXPECT_THAT(error({"qasper"}), HasSubstr("dataset2maxlen.json:2:9: not JSON: unexpected '}'"));
  write("config/dataset2maxlen.json", R"({"qasper": "128"})");
  EXPECT_THAT(
      error({"qasper"}),
      HasSubstr("dataset2maxlen.json: qasper: got \"128\", expected an object like {\"qas"));
  write("config/dataset2prompt.json", "[]");
  EXPECT_THAT(error({"qasper"}), HasSubstr("dataset2prompt.json: got array, expected an object"));
}

TEST_F(LongBenchTaskTest, BuildsPromptsFromTheBenchmarksOwnFiles) {
  const auto qasper = task({"qasper"}, {{"max_length", 100}});
  ASSERT_THAT(qasper->subsets(), SizeIs(1));
  EXPECT_EQ(qasper->subsets()[0].samples, 2);
  EXPECT_EQ(qasper->subsets()[0].expected, 200);
  const Sample first = sample(*qasper, 0, 0);
  EXPECT_EQ(first.message, "Read a {text} and say: who?");
  EXPECT_THAT(first.answers, ElementsAre("dog", "hound"));
  EXPECT_EQ(first.max_new_tokens, 128);
  EXPECT_EQ(first.max_prompt_tokens, 100);
  EXPECT_TRUE(first.use_chat_template);
  EXPECT_FALSE(first.ends_at_line_break);
  EXPECT_EQ(sample(*qasper, 0, 1).message, "Read b\r\nc and say: what?");  // nothing is normalised
}

TEST_F(LongBenchTaskTest, ExamplesAndCodeGetNoChatTemplateAndSamsumEndsAtALineBreak) {
  const auto both = task({"trec", "samsum", "qasper"});
  EXPECT_EQ(both->subsets()[0].name, "qasper");  // in the benchmark's order
  EXPECT_FALSE(sample(*both, 1, 0).use_chat_template);
  EXPECT_FALSE(sample(*both, 2, 0).use_chat_template);
  EXPECT_FALSE(sample(*both, 1, 0).ends_at_line_break);
  EXPECT_TRUE(sample(*both, 2, 0).ends_at_line_break);
  EXPECT_FALSE(sample(*task({"qasper"}, {{"chat", false}}), 0, 0).use_chat_template);
  size_t without_chat = 0;
  for (const LongBenchTask& each : all_longbench_tasks()) without_chat += !each.chat;
  EXPECT_EQ(without_chat, 6u);
}

TEST_F(LongBenchTaskTest, ScoresEverySubsetByItsMetric) {
  const auto both = task({"qasper", "trec"});
  const auto score = [&](size_t subset, std::string_view reply) {
    return both->score(sample(*both, subset, 0), reply).at(0);
  };
  EXPECT_EQ(score(0, "a hound").metric, "qa_f1");
  EXPECT_EQ(score(0, "a hound").value, 100.0);
  EXPECT_EQ(score(1, "\ndog\ncat").metric, "classification");
  EXPECT_EQ(score(1, "\ndog\ncat").value, 100.0);
  EXPECT_EQ(score(1, "dog cat").value, 50.0);
  EXPECT_THAT(both->metrics_of(both->subsets()[1]), ElementsAre("classification"));
}

TEST_F(LongBenchTaskTest, SplitsEByRangesOfLength) {
  const auto e = task({"qasper"}, {{"e", true}});
  ASSERT_THAT(e->subsets(), SizeIs(3));
  EXPECT_EQ(e->subsets()[0].name, "qasper_e 0-4k");
  EXPECT_EQ(e->subsets()[1].samples, 1);
  EXPECT_EQ(e->subsets()[1].expected, 100);
  EXPECT_EQ(e->subsets()[2].samples, 0);
  EXPECT_EQ(e->subsets()[2].expected, 24);
  EXPECT_EQ(sample(*e, 0, 0).id, "1");  // the row of the file
  EXPECT_EQ(sample(*e, 1, 0).id, "0");
  for (const LongBenchTask* each : longbench_tasks(LongBenchEdition::kE)) {
    const auto& ranges = each->e.in_range;
    EXPECT_EQ(ranges[0] + ranges[1] + ranges[2], each->e.count) << each->name;
  }
}

TEST_F(LongBenchTaskTest, WritesRowsInTheBenchmarksFormat) {
  const auto qasper = task({"qasper"});
  const auto row = qasper->prediction_row(qasper->subsets()[0], 1, "re\"ply");
  ASSERT_TRUE(row);
  EXPECT_EQ(row->file, "longbench/qasper.jsonl");
  EXPECT_EQ(row->row, Json({{"pred", "re\"ply"},
                            {"answers", {"dog", "hound"}},
                            {"all_classes", {"cat", "dog"}},
                            {"length", 10}}));
  const auto e = task({"qasper"}, {{"e", true}});
  EXPECT_EQ(e->prediction_row(e->subsets()[0], 0, "")->file, "longbench-e/qasper_e.jsonl");
}

TEST_F(LongBenchTaskTest, ListsEveryMissingFileAndHowToGetIt) {
  const std::string missing = error({"qasper", "hotpotqa", "qmsum"});
  EXPECT_THAT(missing, HasSubstr(" lacks hotpotqa.jsonl, qmsum.jsonl; "));
  EXPECT_THAT(missing, HasSubstr("scripts/fetch_longbench"));
  EXPECT_THAT(error({"qasper"}, {{"config", "nowhere"}}),
              HasSubstr("nowhere lacks dataset2prompt.json, dataset2maxlen.json; scripts/fetch"));
}

TEST_F(LongBenchTaskTest, RefusesSubsetsThatItDoesNotHave) {
  EXPECT_THAT(problems_of("longbench", params({"qaspr"})),
              ElementsAre(HasSubstr("'qaspr' is not a task of longbench; did you mean 'qasper'?")));
  EXPECT_THAT(problems_of("longbench", params({"musique"}, {{"e", true}})),
              ElementsAre(HasSubstr("'musique' is not a task of longbench-e")));
}

TEST_F(LongBenchTaskTest, NamesTheRowThatCannotBeUsed) {
  write("qasper.jsonl", data_row("a", "b", 1) + "{\"context\": \"a\", \"input\": 1}\n");
  EXPECT_THAT(error({"qasper"}), HasSubstr("qasper.jsonl:2: input: got 1, expected text"));
  write("config/dataset2prompt.json", R"({"trec": "{context}"})");
  write("qasper.jsonl", data_row("a", "b", 1));
  EXPECT_THAT(error({"qasper"}),
              HasSubstr("dataset2prompt.json: says nothing of the task 'qasper'"));
}

TEST_F(LongBenchTaskTest, APartOfTheSetIsCompleteByItsOwnCounts) {
  write("expected_counts.json", R"({"qasper": 2, "trec": 3})");
  const auto part = task({});  // all that the part has
  ASSERT_THAT(part->subsets(), SizeIs(2));
  EXPECT_EQ(part->subsets()[0].expected, 2);
  EXPECT_EQ(part->subsets()[1].expected, 3);
  EXPECT_EQ(part->subsets()[1].samples, 2);
}

TEST_F(LongBenchTaskTest, TheHashOfASubsetFollowsFromItsDataPromptAndLengthAlone) {
  const auto hash = [&](Json more) {
    const auto made = task({"qasper"}, std::move(more));
    return made->data_hash_of(made->subsets()[0]);
  };
  const std::string base = hash({});
  EXPECT_EQ(hash({{"limit", 1}}), base);
  const auto more = task({"qasper", "trec"});
  EXPECT_EQ(more->data_hash_of(more->subsets()[0]), base);
  EXPECT_NE(more->data_hash(), task({"qasper"})->data_hash());
  EXPECT_NE(hash({{"max_length", 3500}}), base);
  write("qasper.jsonl", data_row("other", "who?", 1));
  EXPECT_NE(hash({}), base);
}

// Real data where they are at hand: every prompt of the part can be built.
TEST(MiniLongBench, HasAPromptForEveryRowOfAll21Tasks) {
  const std::filesystem::path data = data_folder();
  if (!std::filesystem::exists(data / "minilongbench")) {
    GTEST_SKIP() << data << " has no minilongbench; SKIPBENCH_DATA may say where it is";
  }
  const auto counts = std::filesystem::path(SKIPBENCH_SOURCE_DIR) /
                      "experiments/longbench/minilongbench/expected_counts.json";
  const auto task = make_task("longbench", {{"data", (data / "minilongbench").string()},
                                            {"config", (data / "longbench/config").string()},
                                            {"counts", counts.string()}});
  ASSERT_THAT(task->subsets(), SizeIs(21));
  int64_t rows = 0;
  for (const Subset& subset : task->subsets()) {
    EXPECT_EQ(subset.samples, subset.expected) << subset.name;
    rows += subset.samples;
    for (int64_t i = 0; i < subset.samples; ++i) {
      EXPECT_GT(task->sample(subset, i, count_words).message.size(), 1000u) << subset.name;
    }
  }
  EXPECT_EQ(rows, 237);
}

}  // namespace
}  // namespace skipbench
