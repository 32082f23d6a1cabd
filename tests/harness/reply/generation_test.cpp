#include "harness/reply/generation.h"

#include <gtest/gtest.h>

namespace skipbench {
namespace {

TEST(FinishReason, IsTheFirstThatApplies) {
  const GenerationRules rules{.max_new_tokens = 3, .end_tokens = {7}};
  EXPECT_EQ(finish_reason(rules, {}), "");
  EXPECT_EQ(finish_reason(rules, {1, 2}), "");
  EXPECT_EQ(finish_reason(rules, {1, 7}), "eos");
  EXPECT_EQ(finish_reason(rules, {1, 2, 3}), "length");
  EXPECT_EQ(finish_reason(rules, {1, 2, 7}), "eos");
}

TEST(FinishReason, GeneratesOnPastTheEndWhenTimesAreMeasured) {
  const GenerationRules rules{.max_new_tokens = 2, .ignore_eos = true, .end_tokens = {7}};
  EXPECT_EQ(finish_reason(rules, {7}), "");
  EXPECT_EQ(finish_reason(rules, {7, 7}), "length");
}

TEST(FinishReason, EndsAtALineWhereTheTaskSaysSo) {
  GenerationRules rules{.max_new_tokens = 9};
  rules.line_ended = [](const std::vector<int32_t>& generated) { return generated.back() == 5; };
  EXPECT_EQ(finish_reason(rules, {1}), "");
  EXPECT_EQ(finish_reason(rules, {1, 5}), "newline");
}

}  // namespace
}  // namespace skipbench
