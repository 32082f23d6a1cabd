#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/base/random.h"
#include "kernels/model/work_meter.h"
#include "tests/methods/support/naive_sparse.h"

namespace skipbench::test {
namespace {

// How many blocks of keys each block of queries draws, one after the other, so that after each the
// pairs are as near as can be to their share.
std::vector<int64_t> naive_drawn(int64_t n, const Json& p, const std::vector<int64_t>& between) {
  std::vector<int64_t> drawn;
  double pairs = 0;
  for (int64_t begin = 0; begin < n; begin += 128) {
    const int64_t end = std::min(begin + 128, n), row = begin / 128;
    const double target = p.at("pair_share").get<double>() * static_cast<double>(causal_pairs(end));
    const auto block = static_cast<double>((end - begin) * 64);
    pairs += static_cast<double>(causal_pairs(end) - causal_pairs(begin)) -
             static_cast<double>(between[row]) * block;
    int64_t count = 0;
    while (count < between[row] && pairs + block / 2 <= target) {
      pairs += block;
      ++count;
    }
    drawn.push_back(count);
  }
  return drawn;
}

NaiveSees naive_block_sparse_pattern(const NaiveSparseLayer& at) {
  const int64_t n = at.tokens(), rows = (n + 127) / 128;
  const int64_t sinks = (at.params.at("sinks").get<int64_t>() + 63) / 64;
  const int64_t local = (at.params.at("local").get<int64_t>() + 63) / 64;
  std::vector<int64_t> between;
  for (int64_t row = 0; row < rows; ++row) {
    between.push_back(std::max<int64_t>(0, 2 * row - local - sinks));
  }
  const std::vector<int64_t> drawn = naive_drawn(n, at.params, between);
  SplitMix64 random(SplitMix64(at.prompt.seed).next() + static_cast<uint64_t>(at.index));
  std::vector<std::vector<int64_t>> starts(at.heads());
  for (auto& head : starts) {
    for (int64_t row = 0; row < rows; ++row) {
      head.push_back(random.below(static_cast<uint32_t>(std::max<int64_t>(1, between[row]))));
    }
  }
  return [=](int64_t head, int64_t i, int64_t j) {
    const int64_t row = i / 128, key = j / 64, place = key - sinks;
    if (key < sinks || key >= 2 * row - local) return true;
    const auto passed = [&](int64_t steps) {
      return (steps * drawn[row] + starts[head][row]) / between[row];
    };
    return passed(place + 1) > passed(place);
  };
}

Outcome naive_block_sparse(const Model& model, const Prompt& prompt, const Json& p) {
  return naive_sparse(model, prompt, p, naive_block_sparse_pattern);
}

constexpr const char* kSmallBlockSparse =
    R"({"pair_share": 0.6, "sinks": 64, "local": 64, "layers": [0, 3, 6]})";

TEST(BlockSparse, EqualsTheReferenceForEveryShape) {
  for (const TinyShape& shape : tiny_shapes()) {
    expect_equals("block_sparse", naive_block_sparse, shape, kSmallBlockSparse, 460);
  }
}

TEST(BlockSparse, EqualsTheReferenceAtEveryLength) {
  for (const int64_t length : {1, 128, 129, 300, 385, 600}) {
    expect_equals("block_sparse", naive_block_sparse, tiny_llama(), kSmallBlockSparse, length);
  }
}

TEST(BlockSparse, EqualsTheReferenceAtTheEdgesOfItsParameters) {
  for (const char* params :
       {R"({"pair_share": 0.8, "sinks": 0, "local": 0, "layers": [2]})",
        R"({"pair_share": 0, "layers": [2]})",
        R"({"pair_share": 0.7, "sinks": 100, "local": 200, "layers": [2, 5]})",
        R"({"pair_share": 1})", R"({"pair_share": 0.5, "sinks": 4000, "layers": [2]})"}) {
    expect_equals("block_sparse", naive_block_sparse, tiny_llama(), params, 500);
    expect_equals("block_sparse", naive_block_sparse, tiny_shapes()[5], params, 500);
  }
}

TEST(BlockSparse, MeetsItsShareOfThePairsToHalfABlock) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  for (const double share : {0.25, 0.4, 0.75}) {
    const auto method =
        ready_method("block_sparse", {{"pair_share", share}, {"local", 0}}, decoder);
    const Sequence sequence = decoder.prefill(tiny_prompt(2000), *method);
    for (const LayerActivity& layer : sequence.activity.layers) {
      EXPECT_NEAR(static_cast<double>(layer.attention_pairs),
                  share * static_cast<double>(causal_pairs(2000)), 128 * 64 / 2)
          << share;
    }
  }
}

TEST(BlockSparse, DrawsOtherBlocksForAnotherSeed) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const auto logits = [&](uint64_t seed) {
    Prompt prompt = tiny_prompt(900);
    prompt.seed = seed;
    return run_method("block_sparse", {{"pair_share", 0.7}}, decoder, prompt).logits;
  };
  EXPECT_TRUE(at::equal(logits(1), logits(1)));
  EXPECT_FALSE(at::equal(logits(1), logits(2)));
}

TEST(BlockSparse, RefusesWhatDoesNotFit) {
  EXPECT_EQ(first_problem("block_sparse", R"({"pair_share": 1.5})"), "pair_share");
  expect_refused("block_sparse", R"({"layers": [8]})");
}

}  // namespace
}  // namespace skipbench::test
