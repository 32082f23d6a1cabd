#include "harness/experiment/launcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/experiment/support/experiment_text.h"

namespace skipbench {
namespace {

using testing::HasSubstr;

const std::string kExperiment =
    "experiment: e\nmodel: random:tiny-llama\ntasks: [{task: speed, lengths: [8]}]\n"
    "methods: [{method: full}]\n";  // 4 lines

std::optional<LauncherSpec> launcher_of(const std::string& launcher) {
  return ExperimentText(kExperiment + launcher).load().launcher;
}

std::string problems_of(const std::string& launcher) {
  return ExperimentText(kExperiment + launcher).problems();
}

TEST(Launcher, IsAbsentUnlessTheFileAsksForIt) {
  EXPECT_FALSE(launcher_of("").has_value());
}

TEST(Launcher, GivesOneWorkerPerGpuWhereNoNumberIsGiven) {
  EXPECT_EQ(launcher_of("launcher: local\n")->workers, 0);
  EXPECT_EQ(launcher_of("launcher: {kind: local}\n")->workers, 0);
}

TEST(Launcher, TakesTheNumberOfWorkers) {
  EXPECT_EQ(launcher_of("launcher: {kind: local, workers: 3}\n")->workers, 3);
}

TEST(Launcher, SaysThatSlurmIsNotThere) {
  const std::string expected =
      "the launcher 'slurm' is not there in this version; 'local' runs on one machine, and "
      "databases of several machines become one with 'skipbench merge'";
  EXPECT_THAT(problems_of("launcher: slurm\n"), HasSubstr("e.yaml:5:11: " + expected));
  EXPECT_THAT(problems_of("launcher: {kind: slurm, workers: 2}\n"), HasSubstr(expected));
}

TEST(Launcher, NamesWhatIsMisspeltOrOutOfRange) {
  EXPECT_THAT(problems_of("launcher: locl\n"),
              HasSubstr("e.yaml:5:11: unknown launcher 'locl'; did you mean 'local'?"));
  EXPECT_THAT(problems_of("launcher: {kind: local, wrkers: 2}\n"), HasSubstr("'workers'"));
  EXPECT_THAT(problems_of("launcher: {kind: local, workers: 0}\n"),
              HasSubstr("'workers' is 0; expected a whole number of at least 1"));
  EXPECT_THAT(problems_of("launcher: {workers: 2}\n"), HasSubstr("kind"));
  EXPECT_THAT(problems_of("launcher: [local]\n"), HasSubstr("e.yaml:5:11"));
}

}  // namespace
}  // namespace skipbench
