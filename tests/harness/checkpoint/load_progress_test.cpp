#include "harness/checkpoint/load_progress.h"

#include <gtest/gtest.h>

namespace skipbench {
namespace {

TEST(LoadProgress, SaysHowFarAndHowFast) {
  std::FILE* const file = std::tmpfile();
  LoadProgress progress("llama", 16'000'000'000, file);
  progress.add(4'000'000'000);
  EXPECT_EQ(progress.line(2.0),
            "loading llama [======                  ] 4.0 of 16.0 GB, 2.0 GB/s");
  progress.add(16'000'000'000);
  EXPECT_EQ(progress.line(4.0),
            "loading llama [========================] 20.0 of 16.0 GB, 5.0 GB/s");
  EXPECT_EQ(std::ftell(file), 0);  // no terminal: nothing is drawn
  std::fclose(file);
}

}  // namespace
}  // namespace skipbench
