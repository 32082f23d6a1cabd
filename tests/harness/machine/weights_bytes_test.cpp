#include "harness/machine/weights_bytes.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "tests/support/tiny_model.h"

namespace skipbench {
namespace {

// Counted from the shapes: D 48, F 96, V 101, 4 layers, 2 KV and 6 query heads of 16, fp32.
TEST(WeightsBytes, CountsEveryMatrixAndATiedOutputOnce) {
  Model model = test::tiny_model(test::tiny_config());
  const int64_t layer = 160 * 48 + 48 * 96 + 2 * 96 * 48 + 48 * 96 + 2 * 48;
  EXPECT_EQ(weights_bytes(model.weights), 4 * (4 * layer + 2 * 101 * 48 + 48));
  model.weights.output = model.weights.embedding;
  EXPECT_EQ(weights_bytes(model.weights), 4 * (4 * layer + 101 * 48 + 48));
}

}  // namespace
}  // namespace skipbench
