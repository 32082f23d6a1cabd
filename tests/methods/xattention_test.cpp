#include "methods/xattention.h"

#include <gtest/gtest.h>

#include "tests/methods/support/naive_xattention.h"

namespace skipbench::test {
namespace {

Outcome naive_xattention(const Model& model, const Prompt& prompt, const Json& p) {
  return naive_sparse(model, prompt, p, naive_xattention_pattern);
}

constexpr const char* kSmallXattention = R"({"tau": 0.7, "stride": 8, "layers": [0, 3, 6]})";

TEST(XAttention, EqualsTheReferenceForEveryShape) {
  for (const TinyShape& shape : tiny_shapes()) {
    expect_equals("xattention", naive_xattention, shape, kSmallXattention, 460);
  }
}

TEST(XAttention, EqualsTheReferenceAtEveryLength) {
  for (const int64_t length : {1, 128, 129, 136, 137, 384, 600}) {
    expect_equals("xattention", naive_xattention, tiny_llama(), kSmallXattention, length);
  }
}

TEST(XAttention, EqualsTheReferenceAtTheEdgesOfItsParameters) {
  for (const char* params :
       {R"({"tau": 0.8, "stride": 16, "layers": [1, 2]})",
        R"({"tau": 0.6, "stride": 1, "layers": [2]})",
        R"({"tau": 0.6, "stride": 128, "layers": [2]})", R"({"tau": 0, "layers": [2]})",
        R"({"tau": 0.99, "layers": [2]})", R"({"tau": 1})"}) {
    expect_equals("xattention", naive_xattention, tiny_llama(), params, 400);
    expect_equals("xattention", naive_xattention, tiny_shapes()[5], params, 400);
  }
}

TEST(XAttention, CountsThePairsThatItsHeadsAttend) {
  for (const int64_t length : {200, 640}) {
    expect_counts_pairs("xattention", naive_xattention_pattern, tiny_llama(), kSmallXattention,
                        length);
  }
}

TEST(XAttention, RefusesWhatDoesNotFit) {
  EXPECT_EQ(first_problem("xattention", R"({"tau": 1.5})"), "tau");
  EXPECT_EQ(first_problem("xattention", R"({"stride": 12})"), "stride");
  expect_refused("xattention", R"({"layers": [8]})");
}

}  // namespace
}  // namespace skipbench::test
