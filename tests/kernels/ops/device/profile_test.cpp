#include "kernels/ops/device/profile.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

void spend(double milliseconds) {
  std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(milliseconds));
}

TEST(Profile, SumsTheTimeOfEachGroupInEachLayer) {
  Profile profile(at::kCPU);
  {
    const ProfileSwitch on(profile);
    for (int64_t layer = 0; layer < 2; ++layer) {
      const ProfiledLayer here(layer);
      for (int i = 0; i < 3; ++i) {
        const ProfileScope norm(OpGroup::kNorm);
        spend(2);
      }
    }
    const ProfileScope output(OpGroup::kGemm);
  }
  const auto entries = profile.entries();
  ASSERT_THAT(entries, SizeIs(3));
  EXPECT_EQ(entries[0].layer, -1);
  EXPECT_EQ(entries[0].group, OpGroup::kGemm);
  for (const size_t i : {1U, 2U}) {
    EXPECT_EQ(entries[i].layer, static_cast<int64_t>(i) - 1);
    EXPECT_EQ(entries[i].group, OpGroup::kNorm);
    EXPECT_EQ(entries[i].operations, 3);
    EXPECT_GE(entries[i].milliseconds, 6);
  }
}

TEST(Profile, GivesTheTimeOfNestedOperationsToTheOutermost) {
  Profile profile(at::kCPU);
  {
    const ProfileSwitch on(profile);
    const ProfileScope probe(OpGroup::kProbe);
    const ProfileScope product(OpGroup::kGemm);
    spend(1);
  }
  const auto entries = profile.entries();
  ASSERT_THAT(entries, SizeIs(1));
  EXPECT_EQ(entries[0].group, OpGroup::kProbe);
  EXPECT_EQ(entries[0].operations, 1);
}

TEST(Profile, TimesNothingWhileItIsNotSwitchedOn) {
  Profile profile(at::kCPU);
  { const ProfileScope product(OpGroup::kGemm); }
  EXPECT_THAT(profile.entries(), IsEmpty());
}

TEST(Profile, IsTheOnlyOneOfItsThread) {
  Profile one(at::kCPU), two(at::kCPU);
  const ProfileSwitch on(one);
  EXPECT_THROW(ProfileSwitch{two}, ContractError);
}

}  // namespace
}  // namespace skipbench
