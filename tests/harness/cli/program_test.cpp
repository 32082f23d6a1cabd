#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "kernels/base/json.h"
#include "tests/harness/cli/support/program.h"
#include "tests/harness/cli/support/sweeps.h"
#include "tests/harness/run/support/tiny_run.h"

namespace skipbench {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// The program beside a tiny model, in a folder of its own.
class ProgramTest : public testing::Test {
 protected:
  Finished run(const std::vector<std::string>& arguments) const {
    return run_program(arguments, tiny_.folder().string());
  }
  std::vector<std::string> sweep(const std::string& experiment) const {
    return skipbench::sweep(tiny_, experiment);
  }
  static std::string content(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
  }

  TinyRun tiny_;
};

TEST_F(ProgramTest, SaysWhatItWasBuiltFrom) {
  const Finished version = run({"--version"});
  EXPECT_EQ(version.exit_code, 0);
  for (const char* word : {"skipbench ", "commit ", "build ", "torch ", "cuda "}) {
    EXPECT_THAT(version.out, HasSubstr(word));
  }
}

TEST_F(ProgramTest, ShowsAnExampleInEveryHelp) {
  for (const char* command :
       {"run", "report", "score", "trace", "tokenize", "calibrate", "methods", "tasks", "doctor"}) {
    const Finished help = run({command, "--help"});
    EXPECT_EQ(help.exit_code, 0) << command;
    EXPECT_THAT(help.out, ContainsRegex("Examples?:[ \n]+skipbench ")) << command;
  }
}

TEST_F(ProgramTest, EndsWithTwoOnArgumentsThatDoNotParse) {
  EXPECT_EQ(run({}).exit_code, 2);
  EXPECT_EQ(run({"run"}).exit_code, 2);
  EXPECT_EQ(run({"run", "e.yaml", "--limt", "3"}).exit_code, 2);
  EXPECT_EQ(run({"run", "e.yaml", "--limit", "-3"}).exit_code, 2);
  const Finished misspelt = run({"rnu", "e.yaml"});
  EXPECT_EQ(misspelt.exit_code, 2);
  EXPECT_THAT(misspelt.err, HasSubstr("unknown command 'rnu'; did you mean 'run'?"));
}

TEST_F(ProgramTest, SuggestsTheNearestMethodAndTask) {
  const Finished method = run({"methods", "stps"});
  EXPECT_EQ(method.exit_code, 2);
  EXPECT_EQ(method.err, "skipbench: unknown method 'stps'; did you mean 'spts'?\n");
  const Finished task = run({"tasks", "needel"});
  EXPECT_EQ(task.exit_code, 2);
  EXPECT_THAT(task.err, HasSubstr("did you mean 'needle'?"));
}

TEST_F(ProgramTest, ShowsAMethodsParametersPresetsAndFate) {
  const Finished method = run({"methods", "spts"});
  EXPECT_EQ(method.exit_code, 0);
  for (const char* part : {"Dropped tokens: ", "full_layers", "default", "2601.13155",
                           "llama-3.1-8b (32 layers, width 4096)"}) {
    EXPECT_THAT(method.out, HasSubstr(part));
  }
}

TEST_F(ProgramTest, ListsEveryProblemOfAnExperimentAndWritesNothing) {
  const Finished bad = run(sweep(
      "experiment: e\nmodel: {chekpoint: x}\ntasks: [{task: speeed}]\nmethods: [{method: ful}]\n"));
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_THAT(bad.err, HasSubstr("e.yaml:2:9: unknown key 'chekpoint'"));
  EXPECT_THAT(bad.err, HasSubstr("e.yaml:3:16: unknown task 'speeed'"));
  EXPECT_THAT(bad.err, HasSubstr("e.yaml:4:20: unknown method 'ful'"));
  EXPECT_FALSE(std::filesystem::exists(tiny_.database()));
}

TEST_F(ProgramTest, NamesThePlaceOfACheckpointThatIsUnknown) {
  const std::string rest = "tasks: [{task: speed, lengths: [32]}]\nmethods: [{method: full}]\n";
  const Finished alone = run(sweep("experiment: e\nmodel: smollm-135m\n" + rest));
  EXPECT_EQ(alone.exit_code, 2);
  EXPECT_THAT(alone.err, HasSubstr("e.yaml:2:8: unknown checkpoint 'smollm-135m'"));
  EXPECT_THAT(alone.err, HasSubstr("did you mean 'smollm2-135m'?"));
  const Finished listed = run(
      sweep("experiment: e\nmodel: [random:tiny-llama, {device: cpu, checkpoint: random:tiny}]\n" +
            rest));
  EXPECT_EQ(listed.exit_code, 2);
  EXPECT_THAT(listed.err, HasSubstr("e.yaml:2:54: unknown shape 'random:tiny'"));
}

TEST_F(ProgramTest, SaysWhichPresetsHaveTheParametersThatAreMissing) {
  const Finished trace = run({"trace", "--checkpoint", tiny_.model(), "--method", "spts",
                              "--prompt-file", tiny_.write("p.txt", "a prompt").string()});
  EXPECT_EQ(trace.exit_code, 2);
  EXPECT_THAT(trace.err, HasSubstr("'full_layers': must be given"));
  EXPECT_THAT(trace.err, HasSubstr("(a whole number)"));
  EXPECT_THAT(trace.err, HasSubstr("; a preset of spts has them: auto, llama-3.1-8b, "));
}

TEST_F(ProgramTest, RefusesACacheThatDropsBehindOneThatBringsBackAndWritesNothing) {
  const auto behind = [&](const std::string& method, const std::string& then) {
    return run(
        sweep(tiny_experiment(tiny_) +
              fmt::format("  - {{method: {}, then: {{method: {}, params: {{keep: 0.5}}}}}}\n",
                          method, then)));
  };
  const Finished revived = behind("lazyllm, params: {keep_end: 0.5}", "snapkv");
  EXPECT_EQ(revived.exit_code, 2);
  EXPECT_THAT(revived.err, HasSubstr("set revive: false"));
  const Finished managed = behind(
      "sliminfer, params: {prune_layers: [0], keep: [0.5], kv_manager: true}", "streamingllm");
  EXPECT_EQ(managed.exit_code, 2);
  EXPECT_THAT(managed.err, HasSubstr("set kv_manager: false"));
  EXPECT_FALSE(std::filesystem::exists(tiny_.database()));
}

TEST_F(ProgramTest, RefusesATruncatedRenamedOrMissingModel) {
  const std::string experiment = tiny_experiment(tiny_);
  const std::string whole = content(tiny_.model());
  std::filesystem::resize_file(tiny_.model(), whole.size() / 2);
  const Finished truncated = run(sweep(experiment));
  EXPECT_EQ(truncated.exit_code, 2);
  EXPECT_THAT(truncated.err, HasSubstr("tiny.gguf"));
  tiny_.write("tiny.gguf", "PK\3\4 something else that was renamed to gguf");
  const Finished renamed = run(sweep(experiment));
  EXPECT_EQ(renamed.exit_code, 2);
  EXPECT_THAT(renamed.err, HasSubstr("tiny.gguf"));
  std::filesystem::remove(tiny_.model());
  EXPECT_EQ(run(sweep(experiment)).exit_code, 2);
  EXPECT_FALSE(std::filesystem::exists(tiny_.database()));
}

TEST_F(ProgramTest, RefusesADatabaseOfAnotherKindAndLeavesItAlone) {
  const std::string notes = "these are somebody's notes and no database";
  tiny_.write("run.db", notes);
  const Finished foreign = run(sweep(tiny_experiment(tiny_)));
  EXPECT_EQ(foreign.exit_code, 2);
  EXPECT_THAT(foreign.err, HasSubstr("run.db"));
  EXPECT_EQ(content(tiny_.database()), notes);
}

TEST_F(ProgramTest, EndsWithTwoWhenItsOutputCannotBeWritten) {
  ASSERT_EQ(run(sweep(tiny_experiment(tiny_))).exit_code, 0);
  const std::string database = tiny_.database().string();
  for (const std::string& command : std::vector<std::string>{
           "methods", "methods spts", "tasks", "--help", "report --format json " + database}) {
    const std::string errors = (tiny_.folder() / "errors").string();
    const int status = std::system(
        fmt::format("{} {} > /dev/full 2> {}", SKIPBENCH_PROGRAM, command, errors).c_str());
    EXPECT_EQ(WEXITSTATUS(status), 2) << command;
    EXPECT_THAT(content(errors), HasSubstr("the output cannot be written: No space left"))
        << command;
  }
}

TEST_F(ProgramTest, SaysWhyAnOutputFileCannotBeWritten) {
  ASSERT_EQ(run(sweep(tiny_experiment(tiny_))).exit_code, 0);
  const auto error = [&](const std::string& place) {
    const std::filesystem::path file = tiny_.folder() / place;
    const Finished refused = run({"report", tiny_.database().string(), "--out", file.string()});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.err, HasSubstr("--out " + file.string() + ": cannot be written: "));
    return refused.err;
  };
  const std::string missing = (tiny_.folder() / "new").string();
  EXPECT_THAT(error("new/t.md"),
              HasSubstr("No such file or directory; make the folder " + missing + " first"));
  EXPECT_THAT(error(""), HasSubstr("Is a directory; name a file in it"));
  EXPECT_THAT(error("rows.jsonl/t.md"), HasSubstr("Not a directory; "));
  const Finished full = run({"report", tiny_.database().string(), "--out", "/dev/full"});
  EXPECT_THAT(full.err, HasSubstr("No space left on device; make room"));
}

TEST_F(ProgramTest, RefusesDevicesThatAreNone) {
  for (const char* device :
       {"cuda:abc", "cuda:", "cuda:1x", "cuda:-1", "cuda:99999999999", "gpu"}) {
    auto arguments = sweep(tiny_experiment(tiny_));
    arguments.insert(arguments.end(), {"--dry-run", "--device", device});
    const Finished refused = run(arguments);
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.err, HasSubstr(fmt::format("unknown device '{}'; expected auto", device)));
  }
}

TEST_F(ProgramTest, NamesTheOptionThatAsksForADeviceThatIsNotThere) {
  const auto error = [&](const std::vector<std::string>& options) {
    auto arguments = sweep(tiny_experiment(tiny_) + "launcher: local\n");
    arguments.insert(arguments.end(), options.begin(), options.end());
    const Finished refused = run(arguments);
    EXPECT_EQ(refused.exit_code, 2);
    return refused.err;
  };
  EXPECT_THAT(error({"--device", "cuda:63"}),
              StartsWith("skipbench: --device cuda:63: there is no device 'cuda:63': "));
  EXPECT_THAT(
      error({"--set", "model.device=cuda:63"}),
      StartsWith(
          "skipbench: --set model.device=cuda:63: 'device': there is no device 'cuda:63': "));
}

TEST_F(ProgramTest, RefusesPromptsLongerThanTheContext) {
  const Finished too_long =
      run(sweep("experiment: e\nmodel: {checkpoint: random:tiny-llama, device: cpu}\n"
                "tasks: [{task: speed, lengths: [9000]}]\nmethods: [{method: full}]\n"));
  EXPECT_EQ(too_long.exit_code, 2);
  EXPECT_THAT(too_long.err, HasSubstr("do not fit the context"));
  EXPECT_FALSE(std::filesystem::exists(tiny_.database()));
}

TEST_F(ProgramTest, RunsReportsAndResumes) {
  const Finished first = run(sweep(tiny_experiment(tiny_)));
  EXPECT_EQ(first.exit_code, 0) << first.err;
  EXPECT_THAT(first.out, HasSubstr("28 of 28 rows are in"));
  const Finished again = run(sweep(tiny_experiment(tiny_)));
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_THAT(again.out, HasSubstr("(0 measured in 0 s, 28 were there)"));
  const Finished report = run({"report", tiny_.database().string()});
  EXPECT_EQ(report.exit_code, 0) << report.err;
  EXPECT_THAT(report.out, HasSubstr("spts ltp=true"));
}

TEST_F(ProgramTest, AddsProfilesToADatabaseAndShowsThem) {
  EXPECT_EQ(run(sweep(tiny_experiment(tiny_))).exit_code, 0);
  const Finished none = run({"report", tiny_.database().string(), "--profile"});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.err, HasSubstr("--profile' adds them"));
  auto arguments = sweep(tiny_experiment(tiny_));
  arguments.emplace_back("--profile");
  const Finished added = run(arguments);
  EXPECT_EQ(added.exit_code, 0) << added.err;
  EXPECT_THAT(added.out, AllOf(HasSubstr("(0 measured"), HasSubstr("20 profiles were added")));
  const Finished shown = run({"report", tiny_.database().string(), "--profile"});
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_THAT(shown.out, AllOf(HasSubstr("Where the prefill's time goes"), HasSubstr("selection"),
                               HasSubstr("Where a decode step's time goes")));
}

TEST_F(ProgramTest, EndsWithTwoWhenTheCacheCannotBeWritten) {
  tiny_.write("cache", "a file where the cache folder should be");
  const Finished refused = run(sweep(tiny_experiment(tiny_)));
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("set SKIPBENCH_CACHE to a folder with room"));
}

TEST_F(ProgramTest, ChecksWithoutWritingOnADryRun) {
  auto arguments = sweep(tiny_experiment(tiny_));
  arguments.emplace_back("--dry-run");
  const Finished dry = run(arguments);
  EXPECT_EQ(dry.exit_code, 0) << dry.err;
  EXPECT_THAT(dry.out, HasSubstr("experiment tiny: 28 rows"));
  EXPECT_THAT(dry.out, HasSubstr(tiny_.database().string() + " holds nothing yet"));
  EXPECT_FALSE(std::filesystem::exists(tiny_.database()));
}

TEST_F(ProgramTest, ADryRunCountsTheRowsThatAreThere) {
  const std::string experiment = tiny_experiment(tiny_);
  ASSERT_EQ(run(skipbench::sweep(tiny_, experiment, {"--limit", "1"})).exit_code, 0);
  const Finished same = run(skipbench::sweep(tiny_, experiment, {"--limit", "1", "--dry-run"}));
  EXPECT_THAT(same.out, HasSubstr("12 of the 12 rows of these labels are in " +
                                  tiny_.database().string() + " already"));
  EXPECT_THAT(run(skipbench::sweep(tiny_, experiment, {"--dry-run"})).out,
              HasSubstr("12 of the 28 rows of these labels are in "));
}

TEST_F(ProgramTest, ADryRunRefusesWhatIsNoDatabase) {
  tiny_.write(tiny_.database().filename().string(), "a text that is no database");
  const Finished refused = run(skipbench::sweep(tiny_, tiny_experiment(tiny_), {"--dry-run"}));
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("database " + tiny_.database().string()));
}

TEST_F(ProgramTest, EndsWithOneWhenCellsFailed) {
  tiny_.write_broken_model();
  const Finished failed = run(sweep(tiny_experiment(tiny_)));
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_THAT(failed.err, HasSubstr("failed: "));
  EXPECT_THAT(failed.err, HasSubstr("self-check"));
  EXPECT_THAT(failed.err, HasSubstr("--retry-failed measures failed samples again"));
}

TEST_F(ProgramTest, TracesAsDocumented) {
  const auto tokens = tiny_.write("ids.json", "[1, 2, 3, 4, 5, 6, 7, 8]");
  const Finished trace =
      run({"trace", "--checkpoint", tiny_.model(), "--method", "spts", "--params",
           R"({"full_layers": 1, "stage_ends": [1], "budgets": [4],
                                  "prune_step": 1, "ltp": false})",
           "--prompt-tokens", tokens.string(), "--format", "json", "--device", "cpu",
           "--max-new-tokens", "2"});
  ASSERT_EQ(trace.exit_code, 0) << trace.err;
  const Json json = Json::parse(trace.out);
  EXPECT_EQ(json.at("prompt_tokens"), Json::parse("[1, 2, 3, 4, 5, 6, 7, 8]"));
  EXPECT_EQ(json.at("layers").at(1).at("attention").at("indices").size(), 4u);
  for (const char* key :
       {"generated_tokens", "text", "first_token_top", "method", "flops", "decode"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
}

TEST_F(ProgramTest, CalibratesOnceAndFindsTheArtefactAgain) {
  const auto texts = tiny_.write("texts.jsonl", "{\"tokens\": [5, 6, 7, 8, 9, 10]}\n");
  const std::vector<std::string> arguments = {
      "calibrate",
      "--checkpoint",
      tiny_.model(),
      "--method",
      "spts",
      "--params",
      R"({"full_layers": 1, "stage_ends": [1], "budgets": [4], "prune_step": 1})",
      "--texts",
      texts.string(),
      "--device",
      "cpu",
      "--format",
      "json"};
  const Finished first = run(arguments);
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_THAT(first.err, HasSubstr("calibrating spts on 1 texts, 6 tokens"));
  const Json made = Json::parse(first.out);
  EXPECT_EQ(made.at("tokens"), 6);
  EXPECT_TRUE(std::filesystem::exists(made.at("file").get<std::string>()));
  const Finished second = run(arguments);
  EXPECT_EQ(second.err, "");
  EXPECT_EQ(Json::parse(second.out), made);
  const Finished full =
      run({"calibrate", "--checkpoint", tiny_.model(), "--method", "full", "--device", "cpu"});
  EXPECT_EQ(full.exit_code, 0);
  EXPECT_THAT(full.out, HasSubstr("full needs no calibration"));
}

TEST_F(ProgramTest, NamesTheTokenThatAPromptMustNotHold) {
  for (const char* token : {"4294967298", "1.5", "270", "-1", "\"a\""}) {
    const auto tokens = tiny_.write("ids.json", fmt::format("[1, {}]", token));
    const Finished trace = run({"trace", "--checkpoint", tiny_.model(), "--method", "full",
                                "--prompt-tokens", tokens.string(), "--device", "cpu"});
    EXPECT_EQ(trace.exit_code, 2);
    EXPECT_THAT(trace.err,
                HasSubstr(fmt::format(
                    "ids.json: entry 1 (from 0) is {}, expected a token id from 0 to 269", token)));
  }
}

TEST_F(ProgramTest, TokenizesToAListOfIds) {
  const auto file = tiny_.write("t.txt", "hello");
  const Finished ids =
      run({"tokenize", "--checkpoint", tiny_.model(), "--file", file.string(), "--format", "json"});
  ASSERT_EQ(ids.exit_code, 0) << ids.err;
  EXPECT_TRUE(Json::parse(ids.out).is_array());
}

// Sends the signal as soon as the database holds some rows; returns how the program ended.
Finished stop_half_way(const TinyRun& tiny, const std::vector<std::string>& arguments, int signal) {
  Program program(arguments, tiny.folder().string());
  wait_for_rows(tiny, 6);
  program.kill(signal);
  return program.wait();
}

TEST_F(ProgramTest, EndsWith130OnControlCAndContinues) {
  const Finished stopped = stop_half_way(tiny_, sweep(long_experiment()), SIGINT);
  EXPECT_EQ(stopped.exit_code, 130);
  EXPECT_THAT(stopped.err, HasSubstr("the same command continues"));
  EXPECT_THAT(tiny_.query("PRAGMA integrity_check"), ElementsAre("ok"));
  const Finished rest = run(sweep(long_experiment()));
  EXPECT_EQ(rest.exit_code, 0);
  EXPECT_THAT(rest.out, HasSubstr("300 of 300 rows"));
  EXPECT_THAT(rest.out, Not(HasSubstr(" 0 were there")));
}

TEST_F(ProgramTest, EndsWith143OnSigterm) {
  EXPECT_EQ(stop_half_way(tiny_, sweep(long_experiment()), SIGTERM).exit_code, 143);
}

TEST_F(ProgramTest, LosesNothingWhenItIsKilled) {
  const Finished killed = stop_half_way(tiny_, sweep(long_experiment()), SIGKILL);
  EXPECT_EQ(killed.signal, SIGKILL);
  EXPECT_EQ(run(sweep(long_experiment())).exit_code, 0);
  const auto resumed = tiny_.samples();

  const TinyRun undisturbed;
  EXPECT_EQ(
      run_program(skipbench::sweep(undisturbed, long_experiment()), undisturbed.folder().string())
          .exit_code,
      0);
  EXPECT_EQ(resumed.size(), 300u);
  EXPECT_EQ(resumed, undisturbed.samples());
}

}  // namespace
}  // namespace skipbench
