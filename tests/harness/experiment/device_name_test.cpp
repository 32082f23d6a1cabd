#include "harness/experiment/device_name.h"

#include <gtest/gtest.h>

namespace skipbench {
namespace {

TEST(DeviceName, HasAPlainNumberAsItsIndex) {
  EXPECT_EQ(cuda_index("cuda"), 0);
  EXPECT_EQ(cuda_index("cuda:3"), 3);
  for (const char* text : {"cuda:", "cuda:abc", "cuda:1x", "cuda:-1", "cuda:+1", "cuda: 1",
                           "cuda:99999999999", "cudaa", "cpu", ""}) {
    EXPECT_EQ(cuda_index(text), std::nullopt) << text;
    EXPECT_EQ(is_device(text), std::string_view(text) == "cpu") << text;
  }
  EXPECT_TRUE(is_device("auto"));
  EXPECT_TRUE(is_device("cuda:0"));
}

}  // namespace
}  // namespace skipbench
