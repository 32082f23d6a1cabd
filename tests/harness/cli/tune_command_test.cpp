#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "harness/experiment/presets.h"
#include "tests/harness/cli/support/program.h"
#include "tests/harness/run/support/tiny_run.h"

namespace skipbench {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kParams =
    R"({"full_layers": 1, "stage_ends": [1], "budgets": [0.5], "ltp": false})";

// Texts of words; so many of them, of some 100 bytes, which are the tiny model's tokens.
void write_texts(const TinyRun& tiny, int texts) {
  std::string lines;
  for (int i = 0; i < texts; ++i) {
    lines += fmt::format(
        "{{\"text\": \"Text {} speaks of {} boats that left the harbour at dawn, of {} that came "
        "back, and of a lantern.\"}}\n",
        i, 3 * i + 2, 2 * i + 1);
  }
  tiny.write("texts.jsonl", lines);
}

std::vector<std::string> tune_command(const TinyRun& tiny,
                                      const std::vector<std::string>& more = {}) {
  std::vector<std::string> words{"tune",
                                 "--checkpoint",
                                 tiny.model(),
                                 "--device",
                                 "cpu",
                                 "--method",
                                 "spts",
                                 "--params",
                                 kParams,
                                 "--texts",
                                 (tiny.folder() / "texts.jsonl").string(),
                                 "--answer-tokens",
                                 "12",
                                 "--steps",
                                 "4",
                                 "--db",
                                 tiny.database().string()};
  for (size_t i = 0; i < more.size(); ++i) {
    const auto given = std::find(words.begin(), words.end(), more[i]);
    if (given == words.end()) {
      words.push_back(more[i]);
    } else {
      *std::next(given) = more[++i];
    }
  }
  return words;
}

Finished tune(const TinyRun& tiny, const std::vector<std::string>& more = {}) {
  return run_program(tune_command(tiny, more), tiny.folder().string());
}

// The texts' own numbers in a half's rows.
std::vector<std::string> ids_of(const TinyRun& tiny, const std::string& experiment) {
  return tiny.query(
      fmt::format("SELECT DISTINCT sample_id FROM samples WHERE experiment = '{}' "
                  "ORDER BY 1",
                  experiment));
}

TEST(TuneCommand, JudgesTheChoiceOnTextsThatItWasNotMadeOnAndSavesIt) {
  const TinyRun tiny;
  write_texts(tiny, 16);
  const Finished run = tune(tiny, {"--loss", "5"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("8 texts to search on, 8 held out\n"));
  EXPECT_THAT(run.out, HasSubstr("search 'spts' on tiny, answer_nll_increase <= 5: chosen "
                                 "'spts budgets x 0.1'"));
  EXPECT_THAT(run.out, HasSubstr("held out, 8 texts: loss "));
  EXPECT_THAT(run.out, HasSubstr(" nats a token, TTFT "));
  EXPECT_THAT(run.out, HasSubstr("within the 5 asked for, the whole interval"));

  const auto searched = ids_of(tiny, "tune-spts-tiny");
  const auto held_out = ids_of(tiny, "tune-spts-tiny-held-out");
  EXPECT_EQ(searched.size(), 8u);
  EXPECT_EQ(held_out.size(), 8u);
  for (const std::string& id : searched) {
    EXPECT_EQ(std::count(held_out.begin(), held_out.end(), id), 0) << id;
  }

  const std::string file = (tiny.folder() / "run.yaml").string();
  const Preset saved = find_preset(find_method("spts"), file);
  EXPECT_EQ(saved.layers, 2);
  EXPECT_EQ(saved.params.at("budgets").dump(), "[0.05]");
  EXPECT_THAT(saved.source, HasSubstr("8 held-out texts: loss "));
  // As an experiment loads it, the parameters are those of the rows.
  const Plan plan = tiny.plan(fmt::format(
      "experiment: e\nmodel: {{checkpoint: \"{}\", device: cpu}}\n"
      "tasks: [{{task: speed, lengths: [48]}}]\nmethods: [{{method: full}}, {{method: spts, "
      "preset: run.yaml}}]\n",
      tiny.model()));
  const auto stored = tiny.query("SELECT DISTINCT params FROM samples WHERE label = 'spts tuned'");
  ASSERT_EQ(stored.size(), 1u);
  EXPECT_EQ(plan.models[0].methods[1].cell.params, Json::parse(stored[0]));
}

TEST(TuneCommand, MeasuresNothingTwiceWhenItIsGivenAgain) {
  const TinyRun tiny;
  write_texts(tiny, 12);
  const Finished first = tune(tiny, {"--loss", "5"});
  const auto rows = tiny.query("SELECT count(*) FROM samples");
  const Finished second = tune(tiny, {"--loss", "5"});
  EXPECT_EQ(second.exit_code, 0) << second.err;
  EXPECT_EQ(tiny.query("SELECT count(*) FROM samples"), rows);
  EXPECT_THAT(second.out, HasSubstr("(0 measured"));
}

TEST(TuneCommand, ContinuesWhenItWasKilled) {
  const TinyRun tiny;
  write_texts(tiny, 12);
  Program program(tune_command(tiny, {"--loss", "5"}), tiny.folder().string());
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  program.kill(SIGKILL);
  program.wait();
  const Finished rest = tune(tiny, {"--loss", "5"});
  EXPECT_EQ(rest.exit_code, 0) << rest.err;
  EXPECT_THAT(tiny.query("SELECT count(*) FROM samples GROUP BY label, experiment, sample_id, "
                         "round, metric HAVING count(*) > 1"),
              IsEmpty());
}

TEST(TuneCommand, SavesNothingWhereNoSettingSavesAnything) {
  const TinyRun tiny;
  write_texts(tiny, 4);
  const Finished run = tune(tiny, {"--params", R"({"full_layers": 1, "stage_ends": [1],
      "budgets": [0.5], "pap": false, "ltp": false, "msdp": false})"});
  EXPECT_EQ(run.exit_code, 1) << run.out;
  EXPECT_THAT(run.out, HasSubstr("nothing chosen: both ends of the range have equally much"));
  EXPECT_THAT(run.err, HasSubstr("nothing was saved"));
  EXPECT_FALSE(std::filesystem::exists(tiny.folder() / "run.yaml"));
}

TEST(TuneCommand, TakesATaskWithAnswersOfItsOwn) {
  const TinyRun tiny;
  tiny.write("task.yaml", fmt::format("{{task: jsonl, file: \"{}/six.jsonl\", chat: false}}",
                                      tiny.folder().string()));
  std::string rows;
  for (int i = 0; i < 6; ++i) {
    rows += fmt::format(
        "{{\"prompt\": \"Row {} asks for the colour of the sea.\", \"answers\": "
        "[\"blue\"]}}\n",
        i);
  }
  tiny.write("six.jsonl", rows);
  const Finished run =
      tune(tiny, {"--loss", "5", "--texts", (tiny.folder() / "task.yaml").string()});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("held out, 3 texts: loss "));
  EXPECT_THAT(run.out, HasSubstr("on too few texts for an interval; 12 have one"));
}

TEST(TuneCommand, CutsATextFileIntoPieces) {
  const TinyRun tiny;
  std::string text;
  for (int i = 0; i < 60; ++i) text += fmt::format("Line {} of the log.\n\n", i);
  tiny.write("log.txt", text);
  const Finished run = tune(tiny, {"--texts", (tiny.folder() / "log.txt").string(), "--tokens",
                                   "200", "--count", "5", "--dry-run"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("3 texts to search on, 2 held out\n"));
  EXPECT_THAT(run.out, HasSubstr("at most 4 settings of 6 rows"));
  EXPECT_FALSE(std::filesystem::exists(tiny.database()));
}

TEST(TuneCommand, SaysWhatToDoAboutMistakes) {
  const TinyRun tiny;
  write_texts(tiny, 3);
  const auto error = [&](const std::vector<std::string>& more) {
    const Finished run = tune(tiny, more);
    EXPECT_EQ(run.exit_code, 2) << run.err;
    return run.err;
  };
  EXPECT_THAT(error({}), AllOf(HasSubstr("gives 3 texts; expected 4 or more"),
                               HasSubstr("shorter pieces of it with --tokens")));
  EXPECT_THAT(error({"--texts", "speed"}), HasSubstr("task 'speed'"));
  EXPECT_THAT(error({"--save", "mine.json"}), HasSubstr("must end in .yaml"));
  EXPECT_THAT(error({"--method", "stps"}), HasSubstr("did you mean 'spts'?"));
  EXPECT_THAT(error({"--checkpoint", "random:llama-3.1-8b"}), HasSubstr("random weights"));
  EXPECT_THAT(error({"--over", "budget"}), HasSubstr("did you mean 'budgets'?"));
}

// The presets of GemFilter fit 2 layers once they are scaled.
TEST(TuneCommand, SaysThatItBeginsWithAScaledPreset) {
  const TinyRun tiny;
  write_texts(tiny, 4);
  const std::string note = "preset scaled from llama-3.1-8b (32 layers) to 2 layers";
  const Finished run = tune(tiny, {"--method", "gemfilter", "--params", "{}", "--loss", "9"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("'gemfilter' on tiny: " + note));
  const std::string folder = tiny.folder().string();
  EXPECT_THAT(run_program({"report", tiny.database().string()}, folder).out,
              HasSubstr("'gemfilter': " + note));
}

TEST(TuneCommand, ReportsOfRunsNameAPresetThatWasScaled) {
  const TinyRun tiny;
  const std::string note = "gemfilter: preset scaled from llama-3.1-8b (32 layers) to 2 layers";
  const auto file = tiny.write(
      "auto.yaml", fmt::format("experiment: tiny\nmodel: {{checkpoint: \"{}\", device: cpu}}\n"
                               "tasks: [{{task: jsonl, file: \"{}/rows.jsonl\", chat: false}}]\n"
                               "methods: [{{method: full}}, {{method: gemfilter, preset: auto, "
                               "params: {{keep: 0.5}}}}]\n",
                               tiny.model(), tiny.folder().string()));
  const std::string folder = tiny.folder().string();
  const Finished dry = run_program({"run", file.string(), "--dry-run"}, folder);
  EXPECT_THAT(dry.out, HasSubstr("'gemfilter' on tiny: preset scaled from llama-3.1-8b"));
  const Finished run =
      run_program({"run", file.string(), "--db", tiny.database().string()}, folder);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  const Finished report = run_program({"report", tiny.database().string()}, folder);
  EXPECT_THAT(report.out, HasSubstr(note));
}

}  // namespace
}  // namespace skipbench
