#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <tuple>
#include <vector>

#include "tests/harness/cli/support/program.h"
#include "tests/harness/cli/support/sweeps.h"
#include "tests/harness/run/support/tiny_run.h"

namespace skipbench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// An experiment whose calibration takes longer than anything else in it.
std::string long_calibration(const TinyRun& tiny) {
  std::string texts;
  for (int i = 0; i < 1500; ++i) {
    texts += fmt::format(R"({{"text": "{} {}"}})", i, std::string(400, 'a')) + '\n';
  }
  const auto file = tiny.write("texts.jsonl", texts);
  return mixed_experiment(tiny, 3) +
         fmt::format("calibration: {{texts: \"{}\", count: 1500}}\n", file.string());
}

bool is_said(const std::filesystem::path& in, const std::string& words) {
  std::ifstream file(in);
  return std::string(std::istreambuf_iterator<char>(file), {}).find(words) != std::string::npos;
}

class InterruptTest : public testing::Test {
 protected:
  /// Sends the signal while the run calibrates.
  Finished stop_while_calibrating(int signal, const std::vector<std::string>& options) const {
    const std::string name = fmt::format("signal{}-", signal);
    Program program(sweep(tiny_, long_calibration(tiny_), options), tiny_.folder().string(), name);
    const std::filesystem::path said = tiny_.folder() / (name + "stderr");
    EXPECT_TRUE(wait_until([&] { return is_said(said, "calibrating spts"); }));
    program.kill(signal);
    return program.wait();
  }

  TinyRun tiny_;
};

TEST_F(InterruptTest, StopsWithinACalibrationAndTheNextRunCompletes) {
  const std::vector<std::string> alone, two_workers{"--workers", "2"};
  for (const auto& [signal, code, options] :
       {std::tuple(SIGINT, 130, alone), std::tuple(SIGTERM, 143, two_workers)}) {
    const Finished stopped = stop_while_calibrating(signal, options);
    EXPECT_EQ(stopped.exit_code, code) << stopped.err;
    EXPECT_THAT(stopped.err, HasSubstr("the same command continues"));
    EXPECT_THAT(stopped.err, Not(HasSubstr("calibrated spts")));
    EXPECT_TRUE(std::filesystem::is_empty(tiny_.folder() / "cache/artefacts"));
  }
  const Finished rest = run_program(sweep(tiny_, long_calibration(tiny_)), tiny_.folder().string());
  EXPECT_EQ(rest.exit_code, 0) << rest.err;
  EXPECT_THAT(rest.out, HasSubstr("28 of 28 rows"));
  EXPECT_THAT(tiny_.query("SELECT DISTINCT status FROM samples"), ElementsAre("ok"));
}

}  // namespace
}  // namespace skipbench
