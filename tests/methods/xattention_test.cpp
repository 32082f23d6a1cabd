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
        R"({"tau": 0.99, "layers": [2]})", R"({"tau": 1})",
        R"({"tau": 0.6, "first_chunk": "plain", "layers": [2]})"}) {
    expect_equals("xattention", naive_xattention, tiny_llama(), params, 400);
    expect_equals("xattention", naive_xattention, tiny_shapes()[5], params, 400);
  }
}

// Each of 8 layers and 6 heads with a tau of its own, 0 and 1 among them.
TEST(XAttention, EqualsTheReferenceWithATauAHead) {
  Json params = Json::parse(R"({"layers": [0, 3, 6]})");
  for (int64_t layer = 0; layer < 8; ++layer) {
    params["head_taus"].push_back({0.0, 1.0, 0.3, 0.5 + 0.05 * layer, 0.8, 0.95});
  }
  expect_equals("xattention", naive_xattention, tiny_llama(), params.dump(), 700);
  params["first_chunk"] = "plain";
  expect_equals("xattention", naive_xattention, tiny_llama(), params.dump(), 700);
}

// A chunk has 2048 queries at least: of 2304 the last two blocks follow the plain rule. At a tau
// this small a row needs its own block alone, and sees block 0 as well; in the first chunk also the
// best of the others, which the lagging sum does not count.
TEST(XAttention, TheSumLagsInTheFirstChunkAlone) {
  Model model = tiny_model(tiny_llama());
  model.config.context = 4096;
  Decoder decoder(model);
  const Prompt prompt = tiny_prompt(2304);
  const auto pairs = [&](const Json& params) {
    const auto method = ready_method("xattention", params, decoder);
    return decoder.prefill(prompt, *method).activity.layers[0].attention_pairs;
  };
  EXPECT_EQ(pairs({{"tau", 1e-9}, {"first_chunk", "plain"}}), 18 * 128 * 129 / 2 + 17 * 128 * 128);
  const NaiveLayer layer(model, 0, naive_embedding(model, prompt));
  const Positions all = all_positions(2304);
  for (const double tau : {1e-9, 0.5}) {
    const Json params = resolved("xattention", {{"tau", tau}});
    EXPECT_EQ(pairs(params),
              naive_pairs({layer, 0, all, prompt, params}, naive_xattention_pattern));
    EXPECT_GT(pairs(params), pairs({{"tau", tau}, {"first_chunk", "plain"}}));
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
  EXPECT_EQ(first_problem("xattention", R"({"head_taus": [[0.5, 1.5]]})"), "head_taus[0][1]");
  expect_refused("xattention", R"({"layers": [8]})");
  expect_refused("xattention", R"({"head_taus": [[0.5]]})");
}

}  // namespace
}  // namespace skipbench::test
