#include "harness/base/duration.h"

#include <gtest/gtest.h>

namespace skipbench {
namespace {

TEST(Duration, IsWrittenAsPeopleDo) {
  EXPECT_EQ(duration_text(0.2), "0 s");
  EXPECT_EQ(duration_text(41.4), "41 s");
  EXPECT_EQ(duration_text(187), "3:07");
  EXPECT_EQ(duration_text(7533), "2:05:33");
  EXPECT_EQ(duration_text(-3), "0 s");
}

}  // namespace
}  // namespace skipbench
