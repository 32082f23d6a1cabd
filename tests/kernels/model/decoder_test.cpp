#include "kernels/model/decoder.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/base/error.h"
#include "kernels/model/layer_context.h"
#include "tests/support/policy_of.h"
#include "tests/support/recorded_flops.h"
#include "tests/support/tiny_model.h"

namespace skipbench {
namespace {

using ::skipbench::test::PolicyOf;
using ::skipbench::test::RecordedFlops;
using ::skipbench::test::tiny_config;
using ::skipbench::test::tiny_model;
using ::skipbench::test::tiny_prompt;
using ::testing::HasSubstr;
using ::testing::Throws;

// Full attention written out with nothing of ours: double precision, one matrix of scores a head.
at::Tensor reference_logits(const Model& model, const std::vector<int32_t>& tokens) {
  const ModelConfig& c = model.config;
  const auto wide = [](const at::Tensor& x) { return x.to(at::kDouble); };
  const auto norm = [&](const at::Tensor& x, const at::Tensor& weight) {
    return x / (x.pow(2).mean(-1, true) + c.norm_epsilon).sqrt() * wide(weight);
  };
  const auto count = static_cast<int64_t>(tokens.size());
  at::Tensor x = at::empty({count, c.width}, at::kDouble);
  for (int64_t i = 0; i < count; ++i) x[i] = wide(model.weights.embedding[tokens[i]]);
  const at::Tensor position = at::arange(count, at::kDouble).unsqueeze(1);
  const at::Tensor frequency =
      at::pow(c.rope_base, -at::arange(0, c.head_size, 2, at::kDouble) / c.head_size);
  const at::Tensor angle = at::cat({position * frequency, position * frequency}, 1);
  const auto rotate = [&](const at::Tensor& head) {
    const auto halves = head.chunk(2, 1);
    return head * angle.cos() + at::cat({-halves[1], halves[0]}, 1) * angle.sin();
  };
  const at::Tensor hidden_from = at::ones({count, count}, at::kBool).triu(1);
  for (const LayerWeights& w : model.weights.layers) {
    at::Tensor kqv = at::matmul(norm(x, w.attention_norm), wide(w.kqv).t());
    if (w.kqv_bias.defined()) kqv = kqv + wide(w.kqv_bias);
    const auto head = [&](int64_t index) {
      return kqv.narrow(1, index * c.head_size, c.head_size);
    };
    std::vector<at::Tensor> outputs;
    for (int64_t h = 0; h < c.query_heads; ++h) {
      const int64_t kv = h / c.queries_per_kv_head();
      at::Tensor query = head(c.kv_heads + h), key = head(kv);
      if (c.head_norms) {
        query = norm(query, w.query_norm);
        key = norm(key, w.key_norm);
      }
      at::Tensor scores = at::matmul(rotate(query), rotate(key).t()) / std::sqrt(c.head_size);
      scores = scores.masked_fill(hidden_from, -INFINITY).softmax(1);
      outputs.push_back(at::matmul(scores, head(c.kv_heads + c.query_heads + kv)));
    }
    x = x + at::matmul(at::cat(outputs, 1), wide(w.attention_out).t());
    if (c.attention_out_bias) x = x + wide(w.attention_out_bias);
    const auto gate_up = at::matmul(norm(x, w.ffn_norm), wide(w.gate_up).t()).chunk(2, 1);
    x = x + at::matmul(at::silu(gate_up[0]) * gate_up[1], wide(w.down).t());
  }
  return at::matmul(norm(x, model.weights.final_norm), wide(model.weights.output).t());
}

struct Shape {
  int64_t group;
  bool bias;
  int64_t length;
  bool head_norms = false;

  ModelConfig config() const {
    ModelConfig config = tiny_config(group, bias);
    config.head_norms = head_norms;
    config.attention_out_bias = head_norms;  // no family has both, but each must work
    return config;
  }
};

class DecoderShapes : public ::testing::TestWithParam<Shape> {};

TEST_P(DecoderShapes, PrefillEqualsAFullSizeReferenceInDoublePrecision) {
  const Model model = tiny_model(GetParam().config());
  const Prompt prompt = tiny_prompt(model.config, GetParam().length);
  Decoder decoder(model);
  const Everything full;
  const Sequence sequence = decoder.prefill(prompt, full);
  const at::Tensor expected = reference_logits(model, prompt.tokens)[prompt.length() - 1];
  EXPECT_LT((sequence.logits.to(at::kDouble) - expected).abs().max().item<double>(), 1e-3);
}

TEST_P(DecoderShapes, DecodingTokenByTokenEqualsPrefillOfTheLongerPrompt) {
  const Model model = tiny_model(GetParam().config());
  Prompt prompt = tiny_prompt(model.config, GetParam().length);
  const std::vector<int32_t> next = {5, 99, 0, 42, 7};
  Decoder decoder(model);
  const Everything full;
  Sequence sequence = decoder.prefill(prompt, full, {.reserve = 1});
  const Sequence::Mark mark = sequence.mark();
  const at::Tensor at_once = decoder.extend(sequence, next);
  EXPECT_EQ(sequence.activity.decode_path(), "eager");
  sequence.rewind(mark);
  EXPECT_EQ(sequence.activity.decode_path(), "");
  for (size_t i = 0; i < next.size(); ++i) {
    decoder.extend(sequence, {&next[i], 1});
    prompt.tokens.push_back(next[i]);
    const at::Tensor expected = reference_logits(model, prompt.tokens)[prompt.length() - 1];
    const auto distance = [&](const at::Tensor& logits) {
      return (logits.to(at::kDouble) - expected).abs().max().item<double>();
    };
    EXPECT_LT(distance(sequence.logits), 1e-3) << "token " << i;
    EXPECT_LT(distance(at_once[static_cast<int64_t>(i)]), 1e-3) << "token " << i;
  }
}

TEST_P(DecoderShapes, TheGatheredPathOfAllTokensIsBitEqualToTheDirectOne) {
  const Model model = tiny_model(GetParam().config());
  const Prompt prompt = tiny_prompt(model.config, GetParam().length);
  Decoder decoder(model);
  const Everything full;
  const Sequence direct = decoder.prefill(prompt, full);
  const Sequence gathered = decoder.prefill(prompt, full, {.force_gather = true});
  EXPECT_TRUE(at::equal(direct.logits, gathered.logits));
}

TEST_P(DecoderShapes, CountedFlopsEqualLibTorchsRecordOfExecutedOperators) {
  const Model model = tiny_model(GetParam().config());
  const Prompt prompt = tiny_prompt(model.config, GetParam().length);
  Decoder decoder(model);
  const Everything full;
  const RecordedFlops recorded;
  const Sequence sequence = decoder.prefill(prompt, full);
  EXPECT_EQ(sequence.work.total(), recorded.total());
  EXPECT_EQ(sequence.work.total(), full_prefill_flops(model.config, prompt.length()));
}

INSTANTIATE_TEST_SUITE_P(AllShapes, DecoderShapes,
                         ::testing::Values(Shape{1, false, 1}, Shape{3, false, 2},
                                           Shape{4, true, 7}, Shape{8, false, 64},
                                           Shape{3, true, 65}, Shape{1, true, 300},
                                           Shape{2, false, 40, true}));

TEST(Decoder, ReportsThatFullAttentionSkippedNothing) {
  const Model model = tiny_model(tiny_config());
  const Everything full;
  const Sequence sequence =
      Decoder(model).prefill(tiny_prompt(model.config, 20), full, {.record_positions = true});
  EXPECT_FALSE(sequence.activity.active());
  EXPECT_EQ(sequence.activity.kv_share(), 1.0);
  ASSERT_EQ(sequence.activity.layers.size(), 4U);
  EXPECT_EQ(sequence.activity.layers[3].attention_pairs, 210);
  EXPECT_EQ(sequence.activity.layers[3].alive_positions.back(), 19);
  EXPECT_EQ(sequence.cache.bytes_in_use(), 4 * 2 * 20 * 2 * 16 * 4);
}

// Drops the same tokens at each place where rows may be dropped.
struct DropsOddRanks : RunOf<DropsOddRanks> {
  explicit DropsOddRanks(Point dropping_at) : drops_at(dropping_at) {}
  TokenRows lives(LayerContext& layer, Point point) override {
    if (layer.layer() != 1 || point != drops_at) return TokenRows::all(layer.live());
    return TokenRows::of(at::arange(1, layer.live(), 2, at::kLong), layer.live());
  }
  Point drops_at;
};

TEST(Decoder, KeepsOriginalPositionsOfTheSurvivorsAndLeavesACacheThatIsRagged) {
  const Model model = tiny_model(tiny_config());
  for (const bool before_ffn : {false, true}) {
    const PolicyOf policy{DropsOddRanks(before_ffn ? Point::kAfterAttention : Point::kAfterLayer)};
    const Sequence sequence =
        Decoder(model).prefill(tiny_prompt(model.config, 10), policy, {.record_positions = true});
    EXPECT_THAT(sequence.cache.lengths(), ::testing::ElementsAre(10, 10, 5, 5));
    EXPECT_THAT(sequence.activity.layers[1].alive_positions, ::testing::ElementsAre(1, 3, 5, 7, 9));
    EXPECT_EQ(sequence.activity.layers[1].ffn_updated, before_ffn ? 5 : 10);
    EXPECT_EQ(sequence.next_position, 10);
    EXPECT_TRUE(sequence.activity.active());
  }
}

TEST(Decoder, RefusesWhatItCannotRunAndSaysWhy) {
  ModelConfig config = tiny_config();
  config.context = 8;
  const Model model = tiny_model(config);
  Decoder decoder(model);
  const Everything full;
  const auto run = [&](std::vector<int32_t> tokens) {
    Prompt prompt;
    prompt.tokens = std::move(tokens);
    decoder.prefill(prompt, full);
  };
  EXPECT_THROW(run({}), InputError);
  EXPECT_THROW(run({101}), InputError);
  EXPECT_THROW(run({-1}), InputError);
  EXPECT_THROW(run(std::vector<int32_t>(9, 1)), InputError);
  EXPECT_NO_THROW(run(std::vector<int32_t>(8, 1)));
}

// Answers for the wrong number of living tokens.
struct WrongCount : RunOf<WrongCount> {
  FfnRows ffn(LayerContext& layer) override { return {TokenRows::all(layer.live() + 1)}; }
};

TEST(Decoder, CatchesAMethodThatAnswersForTokensThatDoNotLive) {
  const Model model = tiny_model(tiny_config());
  const PolicyOf<WrongCount> policy;
  EXPECT_THROW(Decoder(model).prefill(tiny_prompt(model.config, 4), policy), ContractError);
}

}  // namespace
}  // namespace skipbench
