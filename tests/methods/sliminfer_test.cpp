#include "methods/sliminfer.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "kernels/base/error.h"
#include "tests/methods/support/naive_model.h"
#include "tests/methods/support/reference.h"
#include "tests/methods/support/tiny_model.h"

namespace skipbench::test {
namespace {

// r(B_j) of each block of the living tokens, unit by unit and head by head.
std::vector<double> naive_block_scores(const NaiveLayer& layer, const Positions& live,
                                       const Json& p) {
  const int64_t size = std::ssize(live), heads = layer.queries().size(1);
  const int64_t block = p.at("block"), unit = p.at("unit");
  const int64_t window = std::min(p.at("window").get<int64_t>(), size);
  at::Tensor query = at::zeros_like(layer.queries()[0]);  // [H, d]
  for (int64_t i = size - window; i < size; ++i) {
    query += layer.queries()[live[i]] / static_cast<double>(window);
  }
  std::vector<double> scores;
  for (int64_t begin = 0; begin < size; begin += block) {
    double best = 0;
    for (int64_t first = begin; first < std::min(begin + block, size); first += unit) {
      const int64_t end = std::min(first + unit, size);
      at::Tensor key = at::zeros_like(query);  // [H, d]
      for (int64_t i = first; i < end; ++i) key += layer.keys()[live[i]];
      const at::Tensor products = (query * key).sum(1).abs() / static_cast<double>(end - first);
      best = std::max(best, products.sum().item<double>() / static_cast<double>(heads));
    }
    scores.push_back(best);
  }
  return scores;
}

Positions naive_survivors(const std::vector<double>& scores, const Positions& live, int64_t tokens,
                          int64_t block) {
  const int64_t blocks = std::ssize(scores);
  if (tokens >= std::ssize(live)) return live;
  const int64_t keep = std::max<int64_t>(1, tokens / block);
  std::set<int64_t> chosen = {0, blocks - 1};
  while (std::ssize(chosen) < std::min(keep, blocks)) {
    int64_t best = -1;
    for (int64_t b = 0; b < blocks; ++b) {
      if (!chosen.contains(b) && (best < 0 || scores[b] > scores[best])) best = b;
    }
    chosen.insert(best);
  }
  Positions survivors;
  for (int64_t i = 0; i < std::ssize(live); ++i) {
    if (chosen.contains(i / block)) survivors.push_back(live[i]);
  }
  return survivors;
}

Outcome naive_sliminfer(const Model& model, const Prompt& prompt, const Json& p) {
  Outcome outcome;
  at::Tensor x = naive_embedding(model, prompt);
  Positions live = all_positions(prompt.length());
  for (int64_t l = 0; l < model.config.layers; ++l) {
    const NaiveLayer layer(model, l, x);
    LayerOutcome did;
    did.attention = did.cached = live;
    add_rows(x, live, layer.attention(live));
    for (size_t i = 0; i < p.at("prune_layers").size(); ++i) {
      if (p.at("prune_layers")[i] != l) continue;
      const Json& keep = p.at("keep")[i];
      const auto tokens = static_cast<int64_t>(
          keep.is_number_integer()
              ? keep.get<double>()
              : std::floor(keep.get<double>() * static_cast<double>(prompt.length())));
      live = naive_survivors(naive_block_scores(layer, live, p), live, tokens, p.at("block"));
    }
    did.ffn = did.alive_after = live;
    add_rows(x, live, layer.ffn(x));
    outcome.layers.push_back(did);
  }
  outcome.logits = naive_logits(model, x);
  return outcome;
}

constexpr const char* kSmallBlocks =
    R"({"prune_layers": [1, 3, 6], "keep": [0.7, 0.4, 12], "block": 6, "unit": 2})";

TEST(SlimInfer, EqualsTheReferenceForEveryShape) {
  for (const TinyShape& shape : tiny_shapes())
    expect_equals("sliminfer", naive_sliminfer, shape, kSmallBlocks, 67);
}

TEST(SlimInfer, EqualsTheReferenceAtEveryLength) {
  for (const int64_t length : {1, 2, 6, 7, 12, 13, 61, 120}) {
    expect_equals("sliminfer", naive_sliminfer, tiny_llama(), kSmallBlocks, length);
  }
}

TEST(SlimInfer, EqualsTheReferenceWithItsOwnBlocks) {
  expect_equals("sliminfer", naive_sliminfer, tiny_llama(),
                R"({"prune_layers": [2, 4], "keep": [192, 0.25]})", 460);
}

TEST(SlimInfer, EqualsTheReferenceForOtherUnitsAndWindows) {
  expect_equals("sliminfer", naive_sliminfer, tiny_llama(),
                R"({"prune_layers": [2], "keep": [30], "block": 5, "unit": 5, "window": 1})", 58);
  expect_equals("sliminfer", naive_sliminfer, tiny_llama(),
                R"({"prune_layers": [7], "keep": [9], "block": 1, "unit": 1, "window": 99})", 58);
}

TEST(SlimInfer, KeepsFirstAndLastBlockEvenWhenTheBudgetIsOne) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const Json given = Json::parse(R"({"prune_layers": [2], "keep": [1], "block": 4, "unit": 2})");
  const Outcome outcome = run_method("sliminfer", given, decoder, tiny_prompt(30));
  EXPECT_EQ(outcome.layers[2].alive_after, (Positions{0, 1, 2, 3, 28, 29}));
}

TEST(SlimInfer, TheLayerThatPrunesStillCachesEveryToken) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const Outcome outcome =
      run_method("sliminfer", Json::parse(kSmallBlocks), decoder, tiny_prompt(67));
  EXPECT_EQ(outcome.layers[1].cached.size(), 67u);
  EXPECT_EQ(outcome.layers[2].cached, outcome.layers[1].alive_after);
  EXPECT_LT(outcome.layers[2].cached.size(), 67u);
}

TEST(SlimInfer, RefusesWhatDoesNotFit) {
  const auto first_problem = [](const char* params) {
    std::vector<ParameterProblem> problems;
    find_method("sliminfer").resolve(Json::parse(params), problems);
    return problems.empty() ? ParameterProblem{} : problems[0];
  };
  EXPECT_EQ(first_problem(R"({"prune_layers": [1, 2], "keep": [5]})").key, "keep");
  EXPECT_EQ(first_problem(R"({"prune_layers": [2, 2], "keep": [5, 5]})").key, "prune_layers[1]");
  EXPECT_EQ(first_problem(R"({"prune_layers": [2], "keep": [5], "unit": 7})").key, "unit");
  EXPECT_EQ(first_problem(R"({"keep": [5]})").key, "prune_layers");
  auto method =
      find_method("sliminfer")
          .make(resolved("sliminfer", Json::parse(R"({"prune_layers": [8], "keep": [5]})")));
  EXPECT_THROW(method->attach(tiny_model(tiny_llama()).config), InputError);
}

}  // namespace
}  // namespace skipbench::test
