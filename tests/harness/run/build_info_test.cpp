#include "harness/run/build_info.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "tests/support/scratch_folder.h"

namespace skipbench {
namespace {

namespace fs = std::filesystem;

// A copy of the harness, whose files a test may change.
class SourceHash : public testing::Test {
 protected:
  SourceHash() {
    for (const char* folder : {"harness/tasks", "harness/run"}) {
      fs::create_directories((folder_ / folder).parent_path());
      fs::copy(fs::path(SKIPBENCH_SOURCE_DIR) / folder, folder_ / folder,
               fs::copy_options::recursive);
    }
  }

  // The core's line of what the build script writes about the copy.
  std::string core_line() const {
    const fs::path output = folder_ / "build_info.cpp";
    const std::string command =
        fmt::format("cmake -DSOURCE_DIR='{}' -DOUTPUT='{}' -P '{}/cmake/WriteBuildInfo.cmake'",
                    folder_.path().string(), output.string(), SKIPBENCH_SOURCE_DIR);
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    std::ifstream stream(output);
    for (std::string line; std::getline(stream, line);) {
      if (line.find("core_source_hash()") != std::string::npos) return line;
    }
    return "";
  }

  ScratchFolder folder_;
};

TEST_F(SourceHash, ChangesWithWhateverDecidesPromptsTimesAndScores) {
  std::string before = core_line();
  ASSERT_NE(before, "");
  for (const char* name :
       {"harness/tasks/needle.cpp", "harness/tasks/metrics/qa_f1.cpp", "harness/tasks/sampling.cpp",
        "harness/tasks/articles/harrowfen-bridge.txt", "harness/tasks/calibration/market-day.txt",
        "harness/run/prompts.cpp", "harness/run/measure.cpp", "harness/run/generation.cpp",
        "harness/run/fidelity.cpp"}) {
    ASSERT_TRUE(fs::exists(folder_ / name)) << name;
    std::ofstream(folder_ / name, std::ios::app) << "\n";
    const std::string after = core_line();
    EXPECT_NE(after, before) << name;
    before = after;
  }
}

TEST_F(SourceHash, StaysWhereOnlyTheProgressLineChanges) {
  const std::string before = core_line();
  std::ofstream(folder_ / "harness/run/progress.cpp", std::ios::app) << "\n";
  EXPECT_EQ(core_line(), before);
}

}  // namespace
}  // namespace skipbench
