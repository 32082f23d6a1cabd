#include "kernels/model/decode/fixed_step.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "kernels/model/decoder.h"
#include "kernels/model/rope.h"
#include "tests/kernels/model/support/ragged.h"
#include "tests/support/policy_of.h"
#include "tests/support/tiny_model.h"

// The step that a GPU replays as a graph computes on the CPU too: beside the decoder's own step.

namespace skipbench {
namespace {

using RaggedCaches = test::PolicyOf<test::Ragged>;
using test::tiny_config;
using test::tiny_model;
using test::tiny_prompt;

class FixedStepTest : public ::testing::TestWithParam<std::tuple<int64_t, bool, bool>> {
 protected:
  static ModelConfig config() {
    const auto [group, bias, head_norms] = GetParam();
    ModelConfig config = tiny_config(group, bias);
    config.head_norms = config.attention_out_bias = head_norms;
    return config;
  }

  // Takes the sequence one token on: the logits [V].
  at::Tensor step(Sequence& sequence, int32_t token) {
    for (int64_t layer = 0; layer < sequence.cache.layers(); ++layer) {
      sequence.cache.add_rows(layer, 1);
    }
    const ops::RopeTables tables = rope_.tables();
    const int64_t position = sequence.next_position++;
    fixed_.set_inputs(token,
                      {tables.cosine.narrow(0, position, 1), tables.sine.narrow(0, position, 1)},
                      sequence.cache);
    fixed_.run();
    EXPECT_EQ(fixed_.next_token().item<int64_t>(), fixed_.logits().argmax().item<int64_t>());
    return fixed_.logits()[0].clone();
  }

  static double distance(const at::Tensor& a, const at::Tensor& b) {
    return (a - b).abs().max().item<double>();
  }

  // Ten tokens behind a prompt of `length`, where the cache has room for one.
  template <class Policy>
  void expect_equal_steps(int64_t length) {
    const Policy policy;
    const Prompt prompt = tiny_prompt(model_.config, length);
    Sequence expected = decoder_.prefill(prompt, policy, {.reserve = 1});
    Sequence actual = decoder_.prefill(prompt, policy, {.reserve = 1});
    for (int32_t token = 40; token < 50; ++token) {
      decoder_.extend(expected, {&token, 1});
      EXPECT_LT(distance(step(actual, token), expected.logits), 1e-4) << length << ' ' << token;
    }
    EXPECT_EQ(actual.cache.lengths(), expected.cache.lengths());
  }

  const Model model_ = tiny_model(config());
  Decoder decoder_{model_};
  RopeTable rope_{model_.config, at::kCPU};
  FixedStep fixed_{model_};
};

TEST_P(FixedStepTest, EqualsTheDecodersStep) {
  for (const int64_t length : {1, 2, 65}) expect_equal_steps<Everything>(length);
}

TEST_P(FixedStepTest, FollowsCachesThatAreRagged) {
  for (const int64_t length : {7, 64}) expect_equal_steps<RaggedCaches>(length);
}

TEST_P(FixedStepTest, FollowsACacheThatMovesAsItGrows) {
  expect_equal_steps<Everything>(250);  // the room ends at 256
}

TEST_P(FixedStepTest, ServesSequencesInTurnsAndOneThatGoesBack) {
  const Everything full;
  Sequence one = decoder_.prefill(tiny_prompt(model_.config, 20, 1), full);
  Sequence other = decoder_.prefill(tiny_prompt(model_.config, 33, 2), full);
  const Sequence::Mark mark = one.mark();
  std::vector<at::Tensor> first;
  for (const int32_t token : {5, 6, 7}) {
    first.push_back(step(one, token));
    step(other, token + 10);
  }
  one.rewind(mark);
  EXPECT_EQ(one.cache.lengths(), std::vector<int64_t>(4, 20));
  for (const int32_t token : {5, 6, 7}) {
    EXPECT_TRUE(at::equal(step(one, token), first[token - 5])) << token;
  }
}

INSTANTIATE_TEST_SUITE_P(AllShapes, FixedStepTest,
                         ::testing::Values(std::tuple{1, false, false}, std::tuple{3, true, false},
                                           std::tuple{8, false, false},
                                           std::tuple{2, false, true}));

}  // namespace
}  // namespace skipbench
