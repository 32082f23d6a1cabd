#include <fmt/format.h>
#include <gmock/gmock.h>
#include <stdlib.h>

#include <fstream>

#include "kernels/base/json.h"
#include "tests/harness/cli/support/program.h"
#include "tests/harness/run/support/tiny_run.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/write_file.h"

namespace skipbench {
namespace {

using testing::HasSubstr;

class ScoreCommand : public testing::Test {
 protected:
  Finished score(const std::vector<std::string>& options = {}) const {
    std::vector<std::string> arguments = {"score", (folder_ / "in").string()};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return run_program(arguments, folder_.path().string());
  }
  void write(const std::string& name, std::string_view text) const {
    write_file(folder_ / "in" / name, text);
  }

  ScratchFolder folder_;
};

constexpr std::string_view kRow =
    "{\"pred\": \"a dog\", \"answers\": [\"dog\"], \"all_classes\": null, \"length\": 5}\n";

TEST_F(ScoreCommand, ShowsAnIncompleteScoreAndEndsWithOne) {
  write("qasper.jsonl", kRow);
  const Finished text = score();
  EXPECT_EQ(text.exit_code, 1);
  EXPECT_THAT(text.out, HasSubstr("qa_f1             1  100.00  INCOMPLETE"));
  const Finished json = score({"--format", "json", "--per-sample", (folder_ / "out").string()});
  EXPECT_EQ(json.exit_code, 1);
  EXPECT_EQ(Json::parse(json.out).at("scores").at("qasper"), 100.0);
  EXPECT_EQ(Json::parse(std::ifstream(folder_ / "out/qasper.json")).at("per_sample"),
            Json({"1.0"}));
}

TEST_F(ScoreCommand, EndsWithZeroWhenThePartThatAFileDescribesIsComplete) {
  write("qasper.jsonl", kRow);
  write_file(folder_ / "config/expected_counts.json", R"({"qasper": 1})");
  EXPECT_EQ(score({"--config", (folder_ / "config").string()}).exit_code, 0);
}

TEST_F(ScoreCommand, EndsWithTwoAndNamesFileAndLine) {
  write("qasper.jsonl", std::string(kRow) + "{\n");
  const Finished malformed = score();
  EXPECT_EQ(malformed.exit_code, 2);
  EXPECT_THAT(malformed.err, HasSubstr("qasper.jsonl:2:2: not JSON: unexpected end"));
  write("qaspr.jsonl", kRow);
  const Finished unknown = score();
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.err,
              HasSubstr("qaspr.jsonl: 'qaspr' is not a task of longbench; did you mean "
                        "'qasper'?"));
  EXPECT_EQ(score({"--benchmark", "longbnch"}).exit_code, 2);
}

TEST_F(ScoreCommand, SaysHowToFetchTheChineseWordList) {
  write("vcsum.jsonl", kRow);
  const char* given = getenv("SKIPBENCH_CACHE");
  const std::string before = given == nullptr ? "" : given;
  setenv("SKIPBENCH_CACHE", folder_.path().c_str(), 1);
  const Finished absent = score();
  given == nullptr ? unsetenv("SKIPBENCH_CACHE") : setenv("SKIPBENCH_CACHE", before.c_str(), 1);
  EXPECT_EQ(absent.exit_code, 2);
  EXPECT_THAT(absent.err, HasSubstr("scripts/fetch_jieba fetches it"));
}

// An experiment of one question in LongBench's form; its file.
std::string longbench_experiment(const TinyRun& tiny) {
  write_file(tiny.folder() / "data/qasper.jsonl",
             R"({"context": "A text.", "input": "What?", "answers": ["b"], "length": 2})");
  write_file(tiny.folder() / "data/expected_counts.json", R"({"qasper": 1})");
  write_file(tiny.folder() / "data/config/dataset2prompt.json",
             R"({"qasper": "{context} {input}"})");
  write_file(tiny.folder() / "data/config/dataset2maxlen.json", R"({"qasper": 2})");
  return tiny
      .write("e.yaml", fmt::format("experiment: e\nmodel: {{checkpoint: \"{}\"}}\ntasks: [{{task: "
                                   "longbench, data: \"{}/data\"}}]\nmethods: [{{method: full}}]\n",
                                   tiny.model(), tiny.folder().string()))
      .string();
}

TEST(RunCommand, WritesPredictionsThatScoreTakes) {
  const TinyRun tiny;
  const std::string folder = tiny.folder().string();
  const std::string experiment = longbench_experiment(tiny);
  const Finished run = run_program({"run", experiment, "--db", tiny.database().string(),
                                    "--predictions", folder + "/predictions"},
                                   folder);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("1 predictions are in " + folder + "/predictions, 0 are missing"));
  std::filesystem::path file;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder + "/predictions")) {
    if (entry.path().filename() == "qasper.jsonl") file = entry.path();
  }
  EXPECT_EQ(file.parent_path().filename(), "longbench");
  const Finished score =
      run_program({"score", file.parent_path().string(), "--config", folder + "/data"}, folder);
  EXPECT_EQ(score.exit_code, 0) << score.out << score.err;
}

TEST(RunCommand, RefusesAPlaceForPredictionsBeforeAnythingIsMeasured) {
  const TinyRun tiny;
  const std::string folder = tiny.folder().string();
  const std::string experiment = longbench_experiment(tiny);
  const std::string database = tiny.database().string();
  const Finished refused =
      run_program({"run", experiment, "--db", database, "--predictions", experiment}, folder);
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err,
              HasSubstr("--predictions " + experiment + ": cannot be written: Not a directory"));
  EXPECT_FALSE(std::filesystem::exists(database)) << "nothing is measured in vain";
}

}  // namespace
}  // namespace skipbench
