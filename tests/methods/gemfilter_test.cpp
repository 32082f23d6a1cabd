#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/methods/support/naive_model.h"
#include "tests/methods/support/reference.h"
#include "tests/methods/support/tiny_model.h"

namespace skipbench::test {
namespace {

// sum_h q_last . k of every token, after `layers` full layers, averaged over `pool` neighbours.
std::vector<double> naive_scores(const Model& model, const Prompt& prompt, int64_t layers,
                                 int64_t pool) {
  at::Tensor x = naive_embedding(model, prompt);
  const Positions all = all_positions(prompt.length());
  for (int64_t l = 0; l < layers; ++l) {
    const NaiveLayer layer(model, l, x);
    add_rows(x, all, layer.attention(all));
    add_rows(x, all, layer.ffn(x));
  }
  const NaiveLayer layer(model, layers, x);
  std::vector<double> raw, pooled;
  for (const int64_t i : all) {
    raw.push_back((layer.queries()[all.back()] * layer.keys()[i]).sum().item<double>());
  }
  for (const int64_t i : all) {
    double sum = 0;
    for (int64_t j = i - pool / 2; j <= i + pool / 2; ++j) {
      if (j >= 0 && j < std::ssize(raw)) sum += raw[j];
    }
    pooled.push_back(sum / static_cast<double>(pool));  // the padding counts as zeros
  }
  return pooled;
}

Positions naive_choice(std::vector<double> scores, int64_t keep, bool force_last) {
  if (force_last) scores.back() = 1e300;
  Positions order = all_positions(std::ssize(scores));
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t a, int64_t b) { return scores[a] > scores[b]; });
  order.resize(keep);
  std::sort(order.begin(), order.end());
  return order;
}

void expect_equals_gemfilter(const TinyShape& shape, const Json& given, int64_t length) {
  SCOPED_TRACE(testing::Message() << shape.name << " " << given.dump() << " N " << length);
  const Model model = tiny_model(shape);
  Decoder decoder(model);
  const Prompt prompt = tiny_prompt(length);
  const Json p = resolved("gemfilter", given);
  const auto keep = std::max<int64_t>(
      1, p.at("keep").is_number_integer()
             ? p.at("keep").get<int64_t>()
             : static_cast<int64_t>(p.at("keep").get<double>() * static_cast<double>(length)));
  Positions chosen = all_positions(length);
  if (keep < length) {
    chosen = naive_choice(naive_scores(model, prompt, p.at("layer"), p.at("pool")), keep,
                          p.at("force_last"));
  }
  Prompt part;
  for (const int64_t position : chosen) part.tokens.push_back(prompt.tokens[position]);
  Outcome expected = run_method("full", {}, decoder, part);
  for (LayerOutcome& layer : expected.layers) {
    layer = {.attention = chosen, .ffn = chosen, .alive_after = chosen, .cached = chosen};
  }
  expect_same(run_method("gemfilter", given, decoder, prompt), expected, 1e-4);
}

TEST(GemFilter, EqualsFullAttentionOnTheTokensThatTheReferenceChooses) {
  const Json given = Json::parse(R"({"layer": 3, "keep": 0.4})");
  for (const TinyShape& shape : tiny_shapes()) expect_equals_gemfilter(shape, given, 67);
}

TEST(GemFilter, EqualsTheReferenceForOtherSettingsAndLengths) {
  for (const char* given :
       {R"({"layer": 0, "keep": 10})", R"({"layer": 7, "keep": 0.8, "pool": 1})",
        R"({"layer": 2, "keep": 1, "pool": 9})",
        R"({"layer": 3, "keep": 0.4, "force_last": true})"}) {
    for (const int64_t length : {1, 2, 7, 40}) {
      expect_equals_gemfilter(tiny_llama(), Json::parse(given), length);
    }
  }
}

// The authors force no token: of prompts whose last token scores low, the reply starts from
// another.
TEST(GemFilter, TheLastTokenIsMissingWhereItScoresLowUnlessItIsForced) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const auto missing = [&](bool force_last) {
    const Json given = {{"layer", 3}, {"keep", 20}, {"force_last", force_last}};
    int64_t prompts = 0;
    for (uint64_t seed = 1; seed <= 12; ++seed) {
      const Outcome outcome = run_method("gemfilter", given, decoder, tiny_prompt(60, seed));
      EXPECT_EQ(outcome.layers[0].attention.size(), 20u);
      prompts += outcome.layers[0].attention.back() == 59 ? 0 : 1;
    }
    return prompts;
  };
  EXPECT_GT(missing(false), 0);
  EXPECT_EQ(missing(true), 0);
}

TEST(GemFilter, DecodesBehindTheChosenTokens) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const auto method =
      ready_method("gemfilter", Json::parse(R"({"layer": 2, "keep": 12})"), decoder);
  const Sequence sequence = decoder.prefill(tiny_prompt(50), *method);
  EXPECT_EQ(sequence.next_position, 12);
  EXPECT_EQ(sequence.cache.lengths(), std::vector<int64_t>(8, 12));
  EXPECT_DOUBLE_EQ(sequence.activity.kv_share(), 12.0 / 50);
}

TEST(GemFilter, PaysForTheFirstPass) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const auto method =
      ready_method("gemfilter", Json::parse(R"({"layer": 4, "keep": 20})"), decoder);
  const Sequence sequence = decoder.prefill(tiny_prompt(200), *method);
  const ModelConfig& c = model.config;
  const int64_t layers = full_prefill_flops(c, 200) - 2 * c.width * c.vocabulary;
  const int64_t key = c.kv_heads * c.head_size, query = c.query_heads * c.head_size;
  const int64_t probe = 2 * 200 * c.width * key + 2 * c.width * query + 2 * 200 * key;
  EXPECT_EQ(sequence.activity.abandoned_flops, layers / 2 + probe);
  EXPECT_EQ(sequence.work.total(), layers / 2 + probe + full_prefill_flops(c, 20));
}

TEST(GemFilter, RefusesWhatDoesNotFit) {
  std::vector<ParameterProblem> problems;
  find_method("gemfilter").resolve(Json::parse(R"({"layer": 2, "keep": 5, "pool": 4})"), problems);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].key, "pool");
  expect_refused("gemfilter", R"({"layer": 8, "keep": 5})");
}

}  // namespace
}  // namespace skipbench::test
