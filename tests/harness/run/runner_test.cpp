#include "harness/run/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/harness/run/support/tiny_run.h"

namespace skipbench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

// 3 rows of text x 4 labels, and 2 samples of speed x 2 rounds x 4 labels.
constexpr int64_t kTinyRows = 3 * 4 + 2 * 2 * 4;

/// What the last run said so far.
std::string messages_of(const TinyRun& tiny) {
  std::ifstream file(tiny.folder() / "messages");
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Runner, StoresARowPerSampleLabelAndRound) {
  const TinyRun tiny;
  const RunOutcome outcome = tiny.run(tiny_experiment(tiny));
  EXPECT_EQ(outcome.rows, kTinyRows);
  EXPECT_EQ(outcome.measured, kTinyRows);
  EXPECT_EQ(outcome.reused, 0);
  EXPECT_THAT(outcome.failures, IsEmpty());
  EXPECT_THAT(tiny.query("SELECT DISTINCT status FROM samples"), ElementsAre("ok"));
  EXPECT_THAT(tiny.query("SELECT task, label, count(*) FROM samples WHERE label = 'full' "
                         "GROUP BY task ORDER BY task"),
              ElementsAre("jsonl|full|3", "speed|full|4"));
}

TEST(Runner, MeasuresFidelityAgainstTheBaseline) {
  const TinyRun tiny;
  tiny.run(tiny_experiment(tiny));
  EXPECT_THAT(tiny.query("SELECT DISTINCT kl_first_token, greedy_match FROM samples "
                         "WHERE label = 'full' AND task = 'jsonl'"),
              ElementsAre("NULL|1.0"));
  EXPECT_THAT(tiny.query("SELECT count(*) FROM samples WHERE label <> 'full' AND task = 'jsonl' "
                         "AND kl_first_token > 0 AND answer_nll > 0 AND kl_decoded > 0"),
              ElementsAre("9"));
}

TEST(Runner, MeasuresCacheMethodsByWhatFollowsTheFirstToken) {
  const TinyRun tiny;
  tiny.run(tiny_experiment(tiny) + "  - {method: snapkv, params: {keep: 0.2, window: 2}}\n");
  EXPECT_THAT(tiny.query("SELECT count(*) FROM samples WHERE label = 'snapkv' AND task = 'jsonl' "
                         "AND kl_first_token IS NULL AND kl_decoded > 0"),
              ElementsAre("3"));
}

TEST(Runner, ShowsThatMethodsWereActive) {
  const TinyRun tiny;
  tiny.run(tiny_experiment(tiny));
  EXPECT_THAT(
      tiny.query("SELECT label, min(active), max(active), max(flops) < "
                 "(SELECT max(flops) FROM samples f WHERE f.label = 'full') "
                 "FROM samples GROUP BY label ORDER BY label"),
      ElementsAre("full|0|0|0", "random|1|1|1", "spts ltp=false|1|1|1", "spts ltp=true|1|1|1"));
  EXPECT_THAT(tiny.query("SELECT DISTINCT inactive_reason FROM samples WHERE label = 'full'"),
              ElementsAre("full attention skips nothing"));
}

TEST(Runner, SaysWhyAMethodSkippedNothing) {
  const TinyRun tiny;
  tiny.run(replaced(tiny_experiment(tiny), "budgets: [0.5], prune_step: 0.25",
                    "budgets: [400], prune_step: 0"));
  EXPECT_THAT(
      tiny.query("SELECT DISTINCT active, inactive_reason FROM samples WHERE task = 'speed' "
                 "AND label = 'spts ltp=true'"),
      ElementsAre("0|all 48 tokens of the prompt were selected in every layer"));
}

TEST(Runner, SpeaksOfDecodeStepsWhereAMethodDecidesNothingElse) {
  const TinyRun tiny;
  tiny.run(tiny_experiment(tiny) +
           "  - method: ffn_skipllm\n    params: {threshold: 2}\n    label: never\n");
  EXPECT_THAT(tiny.query("SELECT DISTINCT active, inactive_reason FROM samples WHERE task = "
                         "'speed' AND label = 'never'"),
              ElementsAre("0|no decode step skipped anything (2 steps)"));
}

TEST(Runner, MeasuresNothingTwice) {
  const TinyRun tiny;
  tiny.run(tiny_experiment(tiny));
  const auto before = tiny.samples();
  const RunOutcome again = tiny.run(tiny_experiment(tiny));
  EXPECT_EQ(again.measured, 0);
  EXPECT_EQ(again.reused, kTinyRows);
  EXPECT_EQ(tiny.samples(), before);
}

TEST(Runner, ContinuesAfterAnInterruptionAtAnyPlace) {
  const TinyRun undisturbed;
  undisturbed.run(tiny_experiment(undisturbed));
  int all = 0;
  const TinyRun counted;
  counted.run(tiny_experiment(counted), [&] { return ++all, 0; });
  for (int place = 1; place < all; place += all / 7) {
    const TinyRun tiny;
    int asked = 0;
    const RunOutcome stopped =
        tiny.run(tiny_experiment(tiny), [&] { return ++asked > place ? SIGINT : 0; });
    EXPECT_EQ(stopped.signal, SIGINT);
    EXPECT_LT(stopped.measured, kTinyRows);
    const RunOutcome rest = tiny.run(tiny_experiment(tiny));
    EXPECT_EQ(rest.signal, 0);
    EXPECT_EQ(rest.reused, stopped.measured);
    EXPECT_EQ(rest.reused + rest.measured, kTinyRows);
    // Model files and paths are the same bytes, so the whole tables are.
    EXPECT_EQ(tiny.samples(), undisturbed.samples()) << "interrupted at " << place;
  }
}

TEST(Runner, StopsWithinACalibrationAndKeepsNothingOfIt) {
  const TinyRun tiny;
  int asked = 0;
  const RunOutcome stopped = tiny.run(tiny_experiment(tiny), [&] {
    if (messages_of(tiny).find("calibrating spts") != std::string::npos) ++asked;
    return asked > 2 ? SIGINT : 0;  // before the third text
  });
  EXPECT_EQ(stopped.signal, SIGINT);
  EXPECT_EQ(stopped.measured, 0);
  EXPECT_EQ(asked, 3);
  EXPECT_THAT(messages_of(tiny), Not(HasSubstr("calibrated spts")));
  EXPECT_TRUE(std::filesystem::is_empty(tiny.folder() / "cache/artefacts"));
  EXPECT_THAT(tiny.query("SELECT outcome FROM run"), ElementsAre("interrupted"));
  EXPECT_EQ(tiny.run(tiny_experiment(tiny)).measured, kTinyRows);
}

TEST(Runner, RunsOnlyTheMethodsThatWereAddedAndSaysWhatIsThere) {
  const TinyRun tiny;
  const std::string all = tiny_experiment(tiny);
  const std::string some = all.substr(0, all.find("  - method: ffn_control"));
  tiny.run(some);
  EXPECT_THAT(messages_of(tiny), Not(HasSubstr("there already")));
  const RunOutcome outcome = tiny.run(all);
  EXPECT_THAT(messages_of(tiny), HasSubstr("21 of 28 rows are there already\n"));
  EXPECT_THAT(messages_of(tiny), HasSubstr("21/28 rows  self-check of full"));
  EXPECT_EQ(outcome.measured, 3 + 2 * 2);
  EXPECT_THAT(tiny.query("SELECT count(*) FROM samples WHERE label = 'full'"), ElementsAre("7"));
  EXPECT_THAT(tiny.query("SELECT count(*) FROM samples WHERE label = 'random' AND "
                         "kl_first_token IS NOT NULL AND task = 'jsonl'"),
              ElementsAre("3"));
}

TEST(Runner, MeasuresAChangedMethodAnew) {
  const TinyRun tiny;
  tiny.run(tiny_experiment(tiny));
  const RunOutcome outcome =
      tiny.run(replaced(tiny_experiment(tiny), "budgets: [0.5]}", "budgets: [0.25]}"));
  EXPECT_EQ(outcome.measured, 3 + 2 * 2);
}

TEST(Runner, ShowsEveryRowOfAFileWhoseRowsDifferInChat) {
  const TinyRun tiny;
  tiny.write("rows.jsonl",
             R"({"prompt": "one", "answers": "a", "chat": true}
{"prompt": "two", "answers": "b", "chat": false}
{"prompt": "three", "answers": "c"})");
  EXPECT_EQ(tiny.run(tiny_experiment(tiny)).measured, kTinyRows);
  EXPECT_THAT(tiny.query("SELECT DISTINCT n FROM cells WHERE task = 'jsonl'"), ElementsAre("3"));
}

TEST(Runner, MeasuresAnewUnderAnotherChatSetting) {
  const TinyRun tiny;
  tiny.run(tiny_experiment(tiny));
  EXPECT_EQ(tiny.run(replaced(tiny_experiment(tiny), "chat: false", "chat: true")).measured, 3 * 4);
}

TEST(Runner, ShowsNoAccuracyForRandomWeights) {
  const TinyRun tiny;
  tiny.run(
      "experiment: r\nmodel: {checkpoint: random:tiny-llama, device: cpu}\n"
      "tasks: [{task: speed, lengths: [32], new_tokens: 2, repeats: 3}]\n"
      "methods: [{method: full}, {method: sliminfer, params: {prune_layers: [1], keep: [0.5], "
      "block: 4, unit: 2}}]\n");
  EXPECT_THAT(tiny.query("SELECT label, count(*), count(kl_first_token), count(answer_nll), "
                         "max(new_tokens) FROM samples GROUP BY label ORDER BY label"),
              ElementsAre("full|3|0|0|2", "sliminfer|3|0|0|2"));
}

TEST(Runner, InterleavesTheMethodsOfEachRound) {
  const TinyRun tiny;
  tiny.run(
      "experiment: r\nmodel: {checkpoint: random:tiny-llama, device: cpu}\n"
      "tasks: [{task: speed, lengths: [16], new_tokens: 1, repeats: 40}]\n"
      "methods: [{method: full}, {method: full, label: other}]\nbaseline: full\n");
  EXPECT_THAT(tiny.query("SELECT count(DISTINCT position_in_round) FROM samples GROUP BY round"),
              testing::Each("2"));
  const std::string first =
      tiny.query("SELECT count(*) FROM samples WHERE label = 'full' AND position_in_round = 0")[0];
  EXPECT_GT(std::stoi(first), 8);
  EXPECT_LT(std::stoi(first), 32);
}

TEST(Runner, TakesLittleTimeOfItsOwn) {
  const TinyRun tiny;
  const RunOutcome outcome = tiny.run(tiny_experiment(tiny));
  const double ms_a_row = outcome.harness_ms / static_cast<double>(outcome.measured);
  RecordProperty("harness_ms_per_row", std::to_string(ms_a_row));
  std::printf("outside the model: %.3f ms a row\n", ms_a_row);
  EXPECT_GT(ms_a_row, 0.0);
  EXPECT_LT(ms_a_row, 20.0) << "2 ms on an idle machine; room for a busy one";
}

// The tiny model and one of random weights, speed alone.
std::string two_models(const TinyRun& tiny) {
  return "experiment: two\nmodel: [{checkpoint: \"" + tiny.model() +
         "\", device: cpu}, {checkpoint: random:tiny-llama, device: cpu}]\n"
         "tasks: [{task: speed, lengths: [16], new_tokens: 2, repeats: 2}]\n"
         "methods: [{method: full}, {method: full, label: other}]\nbaseline: full\n";
}

TEST(Runner, KeepsAModelsRowsWhenItIsAlsoRunInAnotherDtype) {
  const TinyRun tiny;
  const std::string one =
      "experiment: r\nmodel: [{checkpoint: random:tiny-llama, device: cpu, dtype: fp32}]\n"
      "tasks: [{task: speed, lengths: [16], new_tokens: 1, repeats: 3}]\n"
      "methods: [{method: full}]\n";
  const std::string other = "{checkpoint: random:tiny-llama, device: cpu, dtype: bf16}";
  tiny.run(one);
  EXPECT_EQ(tiny.run(replaced(one, "fp32}", "fp32}, " + other)).reused, 3);
  EXPECT_EQ(tiny.run(replaced(one, "[{checkpoint", "[" + other + ", {checkpoint")).reused, 6);
}

TEST(Runner, TellsOfFailuresOfEarlierRunsWithoutMeasuringThemAgain) {
  const TinyRun tiny;
  tiny.write_broken_model();
  const RunOutcome outcome = tiny.run(tiny_experiment(tiny));
  EXPECT_EQ(outcome.measured, kTinyRows);
  ASSERT_THAT(outcome.failures, SizeIs(8));
  EXPECT_THAT(outcome.failures[0], HasSubstr("self-check"));
  EXPECT_THAT(tiny.query("SELECT DISTINCT status FROM samples"), ElementsAre("invalid"));
  const RunOutcome again = tiny.run(tiny_experiment(tiny));
  EXPECT_EQ(again.measured, 0);
  EXPECT_THAT(again.failures, SizeIs(8));
}

TEST(Runner, GoesOnWithTheNextModelWhenOneCannotBeLoaded) {
  const TinyRun tiny;
  const Plan plan = tiny.plan(two_models(tiny));
  std::filesystem::rename(tiny.model(), tiny.folder() / "away");
  const RunOutcome outcome = tiny.run(plan);
  EXPECT_EQ(outcome.measured, 8);
  ASSERT_THAT(outcome.failures, SizeIs(2));
  EXPECT_THAT(outcome.failures[0], HasSubstr("tiny.gguf"));
  EXPECT_THAT(tiny.query("SELECT status, count(*), count(ttft_ms) FROM samples GROUP BY status"),
              ElementsAre("error|4|0", "ok|4|4"));
}

TEST(Runner, MeasuresFailedRowsAgainOnlyWhenAsked) {
  const TinyRun tiny;
  const Plan plan = tiny.plan(two_models(tiny));
  std::filesystem::rename(tiny.model(), tiny.folder() / "away");
  tiny.run(plan);
  std::filesystem::rename(tiny.folder() / "away", tiny.model());
  EXPECT_EQ(tiny.run(plan).measured, 0);

  const RunOutcome retried = tiny.run(plan, {.retry_failed = true});
  EXPECT_EQ(retried.measured, 4);
  EXPECT_EQ(retried.reused, 4);
  EXPECT_THAT(retried.failures, IsEmpty());
  EXPECT_THAT(tiny.query("SELECT status, count(*), count(ttft_ms) FROM samples GROUP BY status"),
              ElementsAre("ok|8|8"));
  EXPECT_THAT(tiny.query("SELECT count(*), sum(n) FROM cells"), ElementsAre("4|4"));
  EXPECT_THAT(tiny.query("PRAGMA foreign_key_check"), IsEmpty());
  EXPECT_THAT(tiny.query("SELECT count(*) FROM timing_row"), ElementsAre("8"));
  EXPECT_EQ(tiny.run(plan, {.retry_failed = true}).measured, 0) << "what is well stays";
}

// 5 samples of 4 labels; two rounds of the task speed, of which the first alone is profiled.
constexpr int64_t kProfiles = 20;

TEST(Runner, ProfilesEachSampleOfTheFirstRoundUnderEachMethod) {
  const TinyRun tiny;
  const Plan plan = tiny.plan(tiny_experiment(tiny));
  EXPECT_EQ(tiny.run(plan, {.profile = true}).profiles, kProfiles);
  EXPECT_THAT(tiny.query("SELECT task, round, count(*) FROM profile_record p "
                         "JOIN sample_row s ON s.id = p.sample_row_id "
                         "JOIN cell_version v ON v.id = s.version_id "
                         "JOIN cell_plan c ON c.id = v.cell_id GROUP BY 1, 2 ORDER BY 1"),
              ElementsAre("jsonl|0|12", "speed|0|8"));
  EXPECT_THAT(tiny.query("SELECT DISTINCT label FROM profiles WHERE operations = 'probe' "
                         "ORDER BY label"),
              ElementsAre("spts ltp=false", "spts ltp=true"))
      << "only a method that looks at scores probes";
  EXPECT_THAT(tiny.query("SELECT label, layer FROM profiles WHERE operations = 'gemm' "
                         "AND task = 'speed' AND phase = 'decode' AND label = 'full'"),
              ElementsAre("full|NULL", "full|0", "full|1"));
  EXPECT_THAT(tiny.query("SELECT DISTINCT decode_steps FROM profile_record p JOIN samples s "
                         "WHERE s.task = 'speed' AND decode_steps = s.new_tokens - 1"),
              ElementsAre("2"));
}

TEST(Runner, AddsOnlyTheProfilesThatAreMissing) {
  const TinyRun tiny;
  const Plan plan = tiny.plan(tiny_experiment(tiny));
  EXPECT_EQ(tiny.run(plan).profiles, 0);
  const auto before = tiny.query(
      "SELECT id, run_id, ttft_ms FROM sample_row s "
      "JOIN timing_row t ON t.sample_row_id = s.id");
  const auto any_profiled = [&] {
    return tiny.query("SELECT count(*) FROM profile_record")[0] == "0" ? 0 : SIGINT;
  };
  const RunOutcome stopped = tiny.run(plan, {.profile = true, .pending_signal = any_profiled});
  EXPECT_EQ(stopped.signal, SIGINT);
  EXPECT_GT(stopped.profiles, 0);
  const RunOutcome rest = tiny.run(plan, {.profile = true});
  EXPECT_EQ(rest.measured, 0);
  EXPECT_EQ(stopped.profiles + rest.profiles, kProfiles);
  EXPECT_EQ(tiny.run(plan, {.profile = true}).profiles, 0);
  EXPECT_EQ(tiny.query("SELECT id, run_id, ttft_ms FROM sample_row s "
                       "JOIN timing_row t ON t.sample_row_id = s.id"),
            before)
      << "timed rows stay as they were";
}

TEST(Runner, ProfilesNoMethodThatFails) {
  const TinyRun tiny;
  tiny.write_broken_model();
  EXPECT_EQ(tiny.run(tiny.plan(tiny_experiment(tiny)), {.profile = true}).profiles, 0);
}

TEST(Runner, NamesWhatItDoesBeforeTheFirstSample) {
  const TinyRun tiny;
  tiny.run(tiny_experiment(tiny));
  const std::string messages = messages_of(tiny);
  size_t place = 0;
  for (const char* phase : {"loading weights of tiny", "self-check of full", "calibrating spts",
                            "self-check of spts ltp=true", "self-check of random", "warm-up of "}) {
    const size_t found = messages.find(phase, place);
    ASSERT_NE(found, std::string::npos) << phase << " is not in order in " << messages;
    place = found;
  }
}

TEST(Runner, SaysHowRepliesWereDecoded) {
  const TinyRun tiny;
  tiny.run(tiny_experiment(tiny));
  EXPECT_THAT(tiny.query("SELECT DISTINCT decode_path, eager_reason FROM samples "
                         "WHERE new_tokens > 1"),
              ElementsAre("eager|there are no CUDA graphs on a CPU"));
  EXPECT_THAT(tiny.query("SELECT DISTINCT ttft_device_ms, weights_bytes, busy_ms FROM samples"),
              ElementsAre("NULL|NULL|NULL"));
}

TEST(Runner, SaysThatNothingWasDecodedWhereThePrefillGaveTheReply) {
  const TinyRun tiny;
  tiny.run(
      "experiment: r\nmodel: {checkpoint: random:tiny-llama, device: cpu}\n"
      "tasks: [{task: speed, lengths: [16], new_tokens: 1, repeats: 1}]\n"
      "methods: [{method: full}]\n");
  EXPECT_THAT(tiny.query("SELECT decode_path, eager_reason, decode_kv_share FROM samples"),
              ElementsAre("||NULL"));
}

TEST(Runner, MeasuresNothingWhenArtefactsCannotBeKept) {
  const TinyRun tiny;
  tiny.write("cache", "a file where the cache folder should be");
  EXPECT_THAT([&] { tiny.run(tiny_experiment(tiny)); },
              testing::ThrowsMessage<InputError>(HasSubstr("SKIPBENCH_CACHE")));
  EXPECT_THAT(tiny.query("SELECT count(*) FROM samples"), ElementsAre("0"));
}

TEST(Runner, LeavesADatabaseOfAnotherProgramAlone) {
  const TinyRun tiny;
  tiny.write("run.db", "this is no database, but somebody's notes");
  EXPECT_THROW(tiny.run(tiny_experiment(tiny)), InputError);
}

}  // namespace
}  // namespace skipbench
