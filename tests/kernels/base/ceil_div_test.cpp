#include "kernels/base/ceil_div.h"

#include <gtest/gtest.h>

namespace skipbench {
namespace {

TEST(EqualChunk, IsAsFewAlikeAsFit) {
  EXPECT_EQ(equal_chunk(32768, 18724), 16384);
  EXPECT_EQ(equal_chunk(4100, 4096), 2050);
  EXPECT_EQ(equal_chunk(10, 4), 4);  // 4, 4 and 2
  EXPECT_EQ(equal_chunk(4096, 4096), 4096);
  EXPECT_EQ(equal_chunk(7, 100), 7);
  EXPECT_EQ(equal_chunk(0, 100), 0);
}

}  // namespace
}  // namespace skipbench
