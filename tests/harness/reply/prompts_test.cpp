#include "harness/reply/prompts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/run/support/tiny_run.h"

namespace skipbench {
namespace {

using testing::ElementsAre;

// The gold answer of every row of a jsonl file, as the model is fed it.
std::vector<std::string> fed_answers(const std::string& rows) {
  const TinyRun tiny;
  tiny.write("rows.jsonl", rows);
  const Plan plan = tiny.plan(tiny_experiment(tiny));
  const PromptBuilder prompts = prompts_of(plan.models[0], 0);
  const Subset& subset = plan.tasks[0].subsets[0];
  std::vector<std::string> answers;
  for (int64_t i = 0; i < subset.samples; ++i) {
    const PreparedSample prepared = prompts.prepare(*plan.tasks[0].task, "jsonl", subset, i);
    answers.push_back(plan.models[0].tokenizer->decode(prepared.job.answer, false));
  }
  return answers;
}

TEST(Prompts, PutsASpaceBeforeTheAnswerWhereItFollowsAWord) {
  EXPECT_THAT(fed_answers(R"({"prompt": "The fox is", "answers": "red"}
{"prompt": "The fox is ", "answers": "red"}
{"prompt": "The fox?\n", "answers": "red"}
{"prompt": "The fox?\n", "answer_prefix": "It is", "answers": "red"}
{"prompt": "The fox", "answer_prefix": "It is ", "answers": "red"})"),
              ElementsAre(" red", "red", "red", " red", "red"));
}

TEST(Prompts, PutsNoSpaceBeforeAnAnswerThatBeginsTheAssistantsTurn) {
  EXPECT_THAT(fed_answers(R"({"prompt": "The fox is", "answers": "red", "chat": true})"),
              ElementsAre("red"));
}

}  // namespace
}  // namespace skipbench
