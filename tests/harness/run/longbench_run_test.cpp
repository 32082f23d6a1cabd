#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/run/write_predictions.h"
#include "harness/tasks/longbench/folder_score.h"
#include "harness/tasks/longbench/python_numbers.h"
#include "kernels/base/error.h"
#include "tests/harness/run/support/tiny_run.h"
#include "tests/support/write_file.h"

// LongBench's protocol on the tiny model: prompts, decoding, resume and prediction files.
namespace skipbench {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::string data_row(std::string_view context, std::string_view answer, int length) {
  return Json{{"context", context},
              {"input", "What?"},
              {"answers", {answer}},
              {"all_classes", {"a", "b"}},
              {"length", length}}
             .dump() +
         "\n";
}

class LongBenchRun : public testing::Test {
 protected:
  LongBenchRun() {
    write("config/dataset2prompt.json",
          R"({"qasper": "{context} {input}", "trec": "{context}{input}", "samsum": "{context}"})");
    write("config/dataset2maxlen.json", R"({"qasper": 3, "trec": 2, "samsum": 4})");
    write("expected_counts.json", R"({"qasper": 2, "trec": 1, "samsum": 1})");
    write("qasper.jsonl",
          data_row("A text of some length, longer than what is kept of it.", "a", 9) +
              data_row("Short.", "b", 5));
    write("trec.jsonl", data_row("Another.", "a", 3));
    write("samsum.jsonl", data_row("Dialogue.", "a b", 3));
  }
  void write(const std::string& name, std::string_view text) const {
    write_file(tiny_.folder() / "data" / name, text);
  }
  std::string experiment(int max_length = 24) const {
    return fmt::format(R"(experiment: tiny
model: {{checkpoint: "{}", device: cpu}}
tasks:
  - {{task: longbench, data: "{}/data", max_length: {}}}
methods:
  - method: full
  - method: spts
    params: {{full_layers: 1, stage_ends: [1], budgets: [0.5], prune_step: 0.25, ltp: false}}
)",
                       tiny_.model(), tiny_.folder().string(), max_length);
  }
  static PreparedSample prepare(const Plan& plan, size_t subset, int64_t index) {
    return prompts_of(plan.models[0], 0)
        .prepare(*plan.tasks[0].task, "longbench", plan.tasks[0].subsets.at(subset), index);
  }

  TinyRun tiny_;
};

TEST_F(LongBenchRun, LeavesOutTheMiddleOfALongPromptAndTokenizesTheRestAgain) {
  const Plan plan = tiny_.plan(experiment());
  const Tokenizer& tokenizer = *plan.models[0].tokenizer;
  const std::string whole = "A text of some length, longer than what is kept of it. What?";
  const std::vector<TokenId> ids = tokenizer.encode(whole, true, true);
  ASSERT_GT(ids.size(), 24u);
  const std::string kept = tokenizer.decode({ids.begin(), ids.begin() + 12}, true) +
                           tokenizer.decode({ids.end() - 12, ids.end()}, true);

  const PreparedSample cut = prepare(plan, 0, 0);
  EXPECT_EQ(cut.sample.message, kept);
  EXPECT_EQ(cut.truncated_tokens, static_cast<int64_t>(ids.size()) - 24);
  EXPECT_EQ(cut.job.prompt.tokens,
            build_prompt(tokenizer, plan.models[0].chat, kept, "").tokens);  // wrapped afterwards
  const PreparedSample whole_one = prepare(plan, 0, 1);
  EXPECT_EQ(whole_one.sample.message, "Short. What?");
  EXPECT_EQ(whole_one.truncated_tokens, 0);
}

TEST_F(LongBenchRun, KeepsAnEvenNumberOfTokensAndAPromptOfExactlyTheLength) {
  const std::string message = "Short. What?";
  const auto length = static_cast<int>(
      tiny_.plan(experiment()).models[0].tokenizer->encode(message, true, true).size());
  EXPECT_EQ(prepare(tiny_.plan(experiment(length)), 0, 1).truncated_tokens, 0);
  const int odd = length - (length % 2 == 0 ? 1 : 2);
  EXPECT_EQ(prepare(tiny_.plan(experiment(odd)), 0, 1).truncated_tokens, length - (odd - 1));
}

TEST_F(LongBenchRun, SamsumEndsAtALineBreakBehindAtLeastOneToken) {
  const Plan plan = tiny_.plan(experiment());
  const TokenId line_break = plan.models[0].tokenizer->encode("\n", false, false).back();
  const GenerationRules samsum = prepare(plan, 2, 0).job.rules;
  EXPECT_THAT(samsum.not_first, Contains(line_break));
  for (const TokenId end : samsum.end_tokens) EXPECT_THAT(samsum.not_first, Contains(end));
  EXPECT_EQ(finish_reason(samsum, {65, line_break}), "newline");
  EXPECT_EQ(finish_reason(samsum, {65}), "");
  const GenerationRules qasper = prepare(plan, 0, 0).job.rules;
  EXPECT_THAT(qasper.not_first, IsEmpty());
  EXPECT_EQ(finish_reason(qasper, {65, line_break}), "");
}

TEST_F(LongBenchRun, StoresPromptsAndRepliesAndGoesOnWhereItStopped) {
  EXPECT_EQ(tiny_.run(experiment()).measured, 8);
  EXPECT_THAT(tiny_.query("SELECT DISTINCT subset, sample_id, truncated_tokens > 0, metric "
                          "FROM samples ORDER BY 1, 2"),
              ElementsAre("qasper|0|1|qa_f1", "qasper|1|0|qa_f1", "samsum|0|0|rouge",
                          "trec|0|0|classification"));
  EXPECT_THAT(tiny_.query("SELECT count(*) FROM samples WHERE new_tokens < 1 OR prompt_tokens < 1"),
              ElementsAre("0"));
  const RunOutcome again = tiny_.run(experiment());
  EXPECT_EQ(again.measured, 0);
  EXPECT_EQ(again.reused, 8);
  EXPECT_EQ(tiny_.run(experiment(12)).measured, 8);  // another protocol, other rows
}

TEST_F(LongBenchRun, WritesFilesThatScoreAsTheDatabaseSays) {
  const Plan plan = tiny_.plan(experiment());
  tiny_.run(plan);
  const std::filesystem::path folder = tiny_.folder() / "predictions";
  for (int times = 0; times < 2; ++times) {  // written anew, not added to
    const WrittenPredictions written = write_predictions(plan, tiny_.database(), folder);
    EXPECT_EQ(written.rows, 8);
    EXPECT_EQ(written.missing, 0);
  }
  const ExpectedCounts counts(LongBenchEdition::kV1, tiny_.folder() / "data/expected_counts.json");
  for (const PlannedMethod& method : plan.models[0].methods) {
    const LongBenchScore scored =
        score_folder(folder / plan.models[0].name / method.cell.label / "longbench",
                     LongBenchEdition::kV1, CodeRatio::kDifflib, counts);
    EXPECT_THAT(scored.warnings(), IsEmpty());
    for (const LongBenchTaskScore& task : scored.tasks) {
      double sum = 0;
      for (const double value : task.per_sample) sum += 100 * value;
      const std::string stored = tiny_.query(
          fmt::format("SELECT sum(score) FROM samples WHERE label = '{}' AND subset = '{}'",
                      method.cell.label, task.task->name))[0];
      EXPECT_NEAR(std::stod(stored), sum, 1e-9) << task.task->name;
    }
  }
}

TEST_F(LongBenchRun, CountsThePredictionsThatAreNotThereYet) {
  PlanOptions one;
  one.limit = 1;
  tiny_.run(experiment(), {}, one);
  const WrittenPredictions written =
      write_predictions(tiny_.plan(experiment()), tiny_.database(), tiny_.folder() / "out");
  EXPECT_EQ(written.rows, 6);
  EXPECT_EQ(written.missing, 2);
}

TEST_F(LongBenchRun, RefusesLabelsWhosePredictionsShareAFolder) {
  const auto plan_with = [&](const std::string& label) {
    return tiny_.plan(
        experiment() +
        "    label: a/b\n  - method: spts\n    params: {full_layers: 1, "
        "stage_ends: [1], budgets: [0.4], prune_step: 0.25, ltp: false}\n    label: " +
        label + "\n");
  };
  const std::filesystem::path folder = tiny_.folder() / "out";
  EXPECT_NO_THROW(prepare_predictions(plan_with("a/c"), folder));
  EXPECT_THAT([&] { prepare_predictions(plan_with("a_b"), folder); },
              testing::ThrowsMessage<InputError>(testing::HasSubstr(
                  "the labels 'a/b' and 'a_b' would both be written into 'a_b'")));
}

TEST_F(LongBenchRun, SaysBeforeTheRunThatPredictionsCannotBeWritten) {
  const std::filesystem::path folder = tiny_.folder() / "rows.jsonl";  // a file
  EXPECT_THAT(
      [&] { prepare_predictions(tiny_.plan(experiment()), folder); },
      testing::ThrowsMessage<InputError>(testing::HasSubstr("cannot be written: Not a directory")));
}

TEST_F(LongBenchRun, SaysBeforeTheRunWhatIsMissing) {
  std::filesystem::remove(tiny_.folder() / "data/trec.jsonl");
  const std::string error = tiny_.planning_error(experiment());
  EXPECT_THAT(error, testing::HasSubstr("data lacks trec.jsonl; scripts/fetch_longbench fetches"));
}

}  // namespace
}  // namespace skipbench
