#include "harness/store/samples/sample_profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/base/error.h"
#include "tests/support/stored_rows.h"

namespace skipbench {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

double total(const std::vector<ProfileEntry>& entries, const std::string& phase) {
  double sum = 0;
  for (const ProfileEntry& entry : entries) {
    if (entry.phase == phase) sum += entry.ms;
  }
  return sum;
}

TEST(SampleProfile, IsStoredAsOneListALayerWithTheRestAtTheEnd) {
  SampleProfile profile = example_profile();
  profile.prefill.operations["gemm"][0] = 3.00004;
  EXPECT_EQ(operations_json(profile),
            Json::parse(R"({"prefill": {"gemm": [3.0, 2.0, 1.0], "attention": [2.0, 0.75, 0.0],
                                        "probe": [0.0, 0.25, 0.0]},
                            "decode": {"graph": [0.0, 0.0, 1.5]}})"));
}

TEST(SampleProfile, IsReadBackFromWhatIsStored) {
  const SampleProfile read = profile_of_operations(operations_json(example_profile()));
  EXPECT_EQ(read.prefill.operations, example_profile().prefill.operations);
  EXPECT_EQ(read.decode.operations, example_profile().decode.operations);
  for (const char* text : {"[]", "{}", R"({"prefill": {"gemm": 1}, "decode": {}})"}) {
    EXPECT_THROW(profile_of_operations(Json::parse(text)), InputError) << text;
  }
}

TEST(SampleProfile, MeansAddUpToTheTimeOfTheirPhase) {
  SampleProfile other = example_profile();
  other.prefill.total_ms = 20;
  other.decode.total_ms = 7;
  other.decode_steps = 1;
  const std::vector<SampleProfile> profiles{example_profile(), other};
  const std::vector<ProfileEntry> mean = mean_profile(profiles);
  EXPECT_DOUBLE_EQ(total(mean, "prefill"), 15) << "over two prefills";
  EXPECT_DOUBLE_EQ(total(mean, "decode"), 3) << "over three steps";
}

TEST(SampleProfile, WhatLiesInNoOperationStandsOutsideTheLayers) {
  SampleProfile profile;
  profile.prefill = {.total_ms = 4, .operations = {{"gemm", {3, 0}}}};
  EXPECT_THAT(mean_profile({&profile, 1}), ElementsAre(ProfileEntry{"prefill", -1, "between", 1},
                                                       ProfileEntry{"prefill", 0, "gemm", 3}));
}

TEST(SampleProfile, ThereIsNoMeanOfNone) {
  EXPECT_THAT(mean_profile({}), IsEmpty());
}

}  // namespace
}  // namespace skipbench
