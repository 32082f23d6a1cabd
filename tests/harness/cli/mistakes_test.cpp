#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/cli/support/program.h"
#include "tests/harness/cli/support/sweeps.h"
#include "tests/harness/run/support/tiny_run.h"

namespace skipbench {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

// What the program says to a slip on its command line; each ends with code 2.
class MistakesTest : public testing::Test {
 protected:
  std::string error(const std::vector<std::string>& arguments) const {
    const Finished finished = run_program(arguments, tiny_.folder().string());
    EXPECT_EQ(finished.exit_code, 2) << finished.out << finished.err;
    return finished.err;
  }
  // Of trace with the tiny model and these words behind it.
  std::string trace_error(std::vector<std::string> words) const {
    std::vector<std::string> arguments = {"trace", "--checkpoint", tiny_.model(), "--prompt-file",
                                          tiny_.write("p.txt", "a prompt").string()};
    arguments.insert(arguments.end(), words.begin(), words.end());
    return error(arguments);
  }

  TinyRun tiny_;
};

TEST_F(MistakesTest, AMisspeltFlagIsNamedFirstWithTheOneThatWasMeant) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"run", "e.yaml", "--dry-rnu"},
        std::vector<std::string>{"run", "--dry-rnu", "e.yaml"},
        std::vector<std::string>{"run", "--dry-rnu"}}) {
    EXPECT_THAT(error(words), StartsWith("skipbench: run: unknown flag '--dry-rnu'; did you mean "
                                         "'--dry-run'?\n"));
  }
  EXPECT_THAT(error({"report", "a.db", "--formt=md", "--ot", "x"}),
              StartsWith("skipbench: report: unknown flag '--formt'; did you mean '--format'?\n"
                         "unknown flag '--ot'; did you mean '--out'?\n"));
  EXPECT_THAT(error({"--verison"}),
              StartsWith("skipbench: unknown flag '--verison'; did you mean '--version'?\n"));
  EXPECT_THAT(error({"doctor", "--quick"}),
              StartsWith("skipbench: doctor: unknown flag '--quick'; known: --help, -h"));
}

TEST_F(MistakesTest, WhatIsMissingOrTooMuchIsNamed) {
  EXPECT_THAT(error({"run", "a.yaml", "b.yaml"}),
              StartsWith("skipbench: run: unexpected: 'b.yaml'\n"));
  EXPECT_THAT(error({"run", "a.yaml", "--db"}), StartsWith("skipbench: run: --db needs a value\n"));
  EXPECT_THAT(error({"run", "a.yaml", "--db", "a", "--db", "b"}),
              StartsWith("skipbench: run: --db is given more than once\n"));
  EXPECT_THAT(error({}), StartsWith("skipbench: which command?\n"));
}

TEST_F(MistakesTest, NumbersThatAreNoneAreNamedWithTheirBounds) {
  EXPECT_THAT(error({"run", "a.yaml", "--limit", "-3"}),
              StartsWith("skipbench: run: --limit: '-3' is not a whole number of at least 1\n"));
  for (const char* value : {"0", "1.5", "many", "2000", "99999999999999999999", "nan", ""}) {
    EXPECT_THAT(
        error({"run", "a.yaml", "--workers", value}),
        StartsWith(fmt::format(
            "skipbench: run: --workers: '{}' is not a whole number from 1 to 1024\n", value)));
  }
}

TEST_F(MistakesTest, TraceTellsTheMethodPresetAndParameterThatWereMeant) {
  EXPECT_EQ(trace_error({"--method", "stps"}),
            "skipbench: unknown method 'stps'; did you mean 'spts'?\n");
  EXPECT_EQ(trace_error({"--method", "SPTS"}),
            "skipbench: unknown method 'SPTS'; did you mean 'spts'?\n");
  EXPECT_THAT(trace_error({"--method", "quantum"}),
              StartsWith("skipbench: unknown method 'quantum'; known: full, spts, "));
  EXPECT_EQ(trace_error({"--method", "spts", "--params", R"({"bugets": [0.5]})"}),
            "skipbench: 'bugets': unknown parameter; did you mean 'budgets'?\n");
  EXPECT_EQ(trace_error({"--method", "full", "--params", R"({"budgets": [0.5]})"}),
            "skipbench: 'budgets': unknown parameter; there are none\n");
}

TEST_F(MistakesTest, AParameterThatIsGivenAsAFlagIsSentToParams) {
  EXPECT_THAT(
      trace_error({"--method", "spts", "--budgets", "0.5"}),
      StartsWith("skipbench: trace: unknown flag '--budgets'; a method's parameters are given "
                 "together, as --params '{\"budgets\": ...}'\n"));
}

TEST_F(MistakesTest, ParamsThatAreNoJsonAreShownWithTheFix) {
  EXPECT_EQ(trace_error({"--method", "spts", "--params", "{budgets: [0.5]}"}),
            "skipbench: --params is not JSON: column 2 of {budgets: [0.5]}: invalid literal; "
            "expected string literal; keys stand in double quotes, and after the last entry no "
            "comma (expected an object like {\"budgets\": [0.5]})\n");
  EXPECT_THAT(trace_error({"--method", "spts", "--params", "[1]"}),
              HasSubstr("--params must be an object like"));
}

TEST_F(MistakesTest, AnExperimentThatIsNoTextIsNotTakenForAnEmptyOne) {
  const auto refusal = [&](const std::string& text) {
    return error({"run", tiny_.write("e.yaml", text).string(), "--dry-run"});
  };
  EXPECT_THAT(refusal(std::string("experiment: a\nSQLite\0", 21)),
              HasSubstr("e.yaml:2: the line is no text; expected a YAML file"));
  EXPECT_THAT(refusal("experiment: a\nmodel: caf\xe9\n"),
              HasSubstr("e.yaml:2: the line is not UTF-8; save the file as UTF-8"));
  EXPECT_THAT(error({"run", "nothere.yaml"}),
              HasSubstr("nothere.yaml: cannot read the file: No such file or directory"));
}

TEST_F(MistakesTest, AGlobThatFitsNothingGetsTheNameThatWasMeant) {
  const auto refusal = [&](const std::string& option, const std::string& glob) {
    return error(sweep(tiny_, tiny_experiment(tiny_), {"--dry-run", option, glob}));
  };
  EXPECT_THAT(refusal("--only", "ful"), HasSubstr("'ful' matches no label of the experiment; did "
                                                  "you mean 'full'?"));
  EXPECT_THAT(refusal("--exclude", "nothing"), HasSubstr("; known: full, "));
  EXPECT_THAT(refusal("--task", "jsnol"), HasSubstr("'jsnol' matches no task of the experiment; "
                                                    "did you mean 'jsonl'?"));
}

TEST_F(MistakesTest, ValuesThatAreNonsenseAreRefusedWithTheFix) {
  const auto refusal = [&](const std::string& setting) {
    return error(sweep(tiny_, tiny_experiment(tiny_), {"--dry-run", "--set", setting}));
  };
  EXPECT_THAT(refusal("timing.repeats=1000000000000"),
              HasSubstr("'repeats' is 1000000000000; expected at most 10000"));
  EXPECT_THAT(refusal("tasks=[]"), HasSubstr("at least one task, not an empty list"));
  EXPECT_THAT(refusal("tasks[0].limit=3"), HasSubstr("from 0: tasks.0\n"));
}

TEST_F(MistakesTest, APresetForAMethodThatIsNotThereIsRefused) {
  EXPECT_THAT(trace_error({"--method", "full", "--then-preset", "kvpress"}),
              HasSubstr("the preset 'kvpress' is for a second method, and there is none after "
                        "'full'; write full+METHOD"));
  EXPECT_THAT(trace_error({"--method", "full", "--preset", "auto"}),
              HasSubstr("'full' has no presets, so none that fits; leave the preset out"));
}

TEST_F(MistakesTest, CountsThatAreNotThereAreNotPassedOver) {
  const auto folder =
      tiny_.write("qasper.jsonl", R"({"pred": "a", "answers": ["a"]})").parent_path();
  EXPECT_THAT(error({"score", folder.string(), "--config", "nowhere"}),
              HasSubstr("--config nowhere: holds no expected_counts.json"));
}

TEST_F(MistakesTest, ATaskBehindTheMethodsOfCompareIsTakenForWhatItIs) {
  const std::string database = tiny_.database().string();
  run_program(sweep(tiny_, tiny_experiment(tiny_), {"--limit", "1"}), tiny_.folder().string());
  EXPECT_THAT(error({"compare", database, "full", "spts", "jsonl"}),
              HasSubstr("database full: there is no such file; four words are two databases and "
                        "two methods, and tasks are compared all at once"));
}

TEST_F(MistakesTest, PredictionsThatNoTaskHasAreRefusedBeforeAnythingRuns) {
  const std::string folder = (tiny_.folder() / "predictions").string();
  EXPECT_THAT(error(sweep(tiny_, tiny_experiment(tiny_), {"--predictions", folder})),
              HasSubstr("--predictions: they are written for LongBench's tasks, and the experiment "
                        "runs none; leave the option out"));
  EXPECT_FALSE(std::filesystem::exists(tiny_.database()));
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST_F(MistakesTest, ADatabaseIsNotMergedWithItself) {
  const std::string database = tiny_.database().string();
  run_program(sweep(tiny_, tiny_experiment(tiny_), {"--limit", "1"}), tiny_.folder().string());
  const std::string out = (tiny_.folder() / "out.db").string();
  EXPECT_THAT(error({"merge", out, database, database}), HasSubstr("run.db: is named twice"));
  EXPECT_THAT(error({"merge", database, database}), HasSubstr("run.db: is named twice"));
  EXPECT_FALSE(std::filesystem::exists(out));
}

TEST_F(MistakesTest, ATableWithoutRowsOrColumnsIsRefusedAtTheirPlace) {
  const std::string database = tiny_.database().string();
  run_program(sweep(tiny_, tiny_experiment(tiny_), {"--limit", "1"}), tiny_.folder().string());
  const auto table = tiny_.write("t.yaml", "table: t\nrows: []\ncolumns: []\n");
  EXPECT_THAT(error({"report", database, "--table", table.string()}),
              AllOf(HasSubstr("t.yaml:2:7: 'rows' is an empty list; name at least one"),
                    HasSubstr("t.yaml:3:10: 'columns' is an empty list; name at least one")));
}

}  // namespace
}  // namespace skipbench
