#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/run/support/tiny_run.h"

namespace skipbench {
namespace {

using ::testing::SizeIs;

// Peaks of a label's rows, in an experiment of only these labels.
std::vector<std::string> peaks(const std::string& label, const std::vector<std::string>& labels) {
  const TinyRun tiny;
  std::string experiment = tiny_experiment(tiny);
  experiment.replace(experiment.find("device: cpu"), 11, "device: cuda");
  tiny.run(experiment, {}, {.only = labels});
  return tiny.query("SELECT peak_bytes FROM samples WHERE label = '" + label +
                    "' ORDER BY task, sample_id, round");
}

// What SPTS learned lies on the device while it runs.
TEST(CudaPeak, HoldsNothingOfTheOtherMethods) {
  if (!at::hasCUDA()) GTEST_SKIP() << "no CUDA device on this machine";
  for (const char* label : {"full", "random", "spts ltp=true"}) {
    const auto alone = peaks(label, {"full", label});
    EXPECT_THAT(alone, SizeIs(7));  // 3 of text, 2 x 2 of speed
    EXPECT_EQ(peaks(label, {}), alone) << label;
  }
}

}  // namespace
}  // namespace skipbench
