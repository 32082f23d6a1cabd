#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "kernels/base/budget.h"
#include "kernels/base/suggest.h"

namespace skipbench {
namespace {

const std::vector<std::string> kMethods = {"full", "spts", "sliminfer", "ffn_control"};

TEST(Suggestion, FindsTheNameThatWasMeant) {
  EXPECT_EQ(nearest_name("stps", kMethods), "spts");
  EXPECT_EQ(nearest_name("slim_infer", kMethods), "sliminfer");
  EXPECT_EQ(nearest_name("ffn-control", kMethods), "ffn_control");
  EXPECT_EQ(nearest_name("STPS", kMethods), "spts");
  EXPECT_EQ(nearest_name("Full", kMethods), "full");
  EXPECT_EQ(suggestion("spt", kMethods), "; did you mean 'spts'?");
}

TEST(Suggestion, ListsWhatIsKnownWhenNothingIsNear) {
  EXPECT_EQ(nearest_name("quantum", kMethods), "");
  EXPECT_EQ(suggestion("quantum", kMethods), "; known: full, spts, sliminfer, ffn_control");
  EXPECT_EQ(suggestion("quantum", {}), "");
}

TEST(Budget, IsACountOrAFlooredShareOfThePrompt) {
  EXPECT_EQ(Budget::tokens(9216).resolve(100), 9216);
  EXPECT_EQ(Budget::share(0.45).resolve(1000), 450);
  EXPECT_EQ(Budget::share(0.3).resolve(7), 2);
  EXPECT_EQ(Budget::share(1.0).resolve(12345), 12345);
}

TEST(Budget, SelectsAtLeastOneTokenAndAtMostTheLiving) {
  EXPECT_EQ(select_count(0, 10), 1);
  EXPECT_EQ(select_count(11, 10), 10);
  EXPECT_EQ(select_count(4, 10), 4);
}

}  // namespace
}  // namespace skipbench
