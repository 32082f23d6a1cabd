#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "tests/methods/support/reference.h"

namespace skipbench::test {
namespace {

// The fewest tokens with the share eta of all scores, and the forced ones.
Positions naive_ffn_set(const std::vector<double>& scores, const Json& p) {
  const int64_t n = std::ssize(scores);
  Positions by_score = all_positions(n);
  std::stable_sort(by_score.begin(), by_score.end(),
                   [&](int64_t a, int64_t b) { return scores[a] > scores[b]; });
  const double total = std::accumulate(scores.begin(), scores.end(), 0.0);
  std::set<int64_t> chosen;
  double covered = 0;
  for (const int64_t position : by_score) {
    chosen.insert(position);
    covered += scores[position] / total;
    if (p.at("eta") < 1 && covered >= p.at("eta")) break;
  }
  for (int64_t i = 0; i < n; ++i) {
    if (i < p.at("first") || i >= n - p.at("last").get<int64_t>()) chosen.insert(i);
  }
  return {chosen.begin(), chosen.end()};
}

Outcome naive_ftp_ffn(const Model& model, const Prompt& prompt, const Json& p) {
  Outcome outcome;
  at::Tensor x = naive_embedding(model, prompt);
  const Positions all = all_positions(prompt.length());
  for (int64_t l = 0; l < model.config.layers; ++l) {
    const NaiveLayer layer(model, l, x);
    add_rows(x, all, layer.attention(all));
    const bool full = l < p.at("full_layers");
    const Positions ffn = full ? all : naive_ffn_set(layer.probe(all, p.at("window")), p);
    add_rows(x, ffn, layer.ffn(x).clone());
    outcome.layers.push_back({all, ffn, all, all});
  }
  outcome.logits = naive_logits(model, x);
  return outcome;
}

constexpr const char* kSmallFtpFfn =
    R"({"full_layers": 2, "eta": 0.6, "window": 9, "first": 4, "last": 6})";

TEST(FtpFfn, EqualsTheReferenceForEveryShape) {
  for (const TinyShape& shape : tiny_shapes()) {
    expect_equals("ftp_ffn", naive_ftp_ffn, shape, kSmallFtpFfn, 67);
  }
}

TEST(FtpFfn, EqualsTheReferenceAtEveryLength) {
  for (const int64_t length : {1, 2, 9, 10, 11, 61, 120}) {
    expect_equals("ftp_ffn", naive_ftp_ffn, tiny_llama(), kSmallFtpFfn, length);
    expect_equals("ftp_ffn", naive_ftp_ffn, tiny_llama(), kSmallFtpFfn, length, 2);
  }
}

TEST(FtpFfn, EqualsTheReferenceWithPublishedWindows) {
  expect_equals("ftp_ffn", naive_ftp_ffn, tiny_llama(), R"({"full_layers": 3, "eta": 0.9})", 300);
}

TEST(FtpFfn, EqualsTheReferenceAtTheEdgesOfItsParameters) {
  const TinyShape qwen = tiny_shapes()[5];
  for (const char* params :
       {R"({"full_layers": 0, "eta": 0, "first": 0, "last": 1})",
        R"({"full_layers": 7, "eta": 0.95, "window": 1, "first": 0, "last": 1})",
        R"({"full_layers": 1, "eta": 1, "first": 0, "last": 1})",
        R"({"full_layers": 1, "eta": 0.3, "window": 500, "first": 40, "last": 40})"}) {
    expect_equals("ftp_ffn", naive_ftp_ffn, tiny_llama(), params, 70);
    expect_equals("ftp_ffn", naive_ftp_ffn, qwen, params, 70);
  }
}

TEST(FtpFfn, TheTokenThatReachesEtaIsTheLastOneTaken) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const Json given = Json::parse(R"({"full_layers": 0, "eta": 0, "first": 2, "last": 3})");
  const Outcome outcome = run_method("ftp_ffn", given, decoder, tiny_prompt(50));
  for (const LayerOutcome& layer : outcome.layers) {
    EXPECT_GE(layer.ffn.size(), 5u);
    EXPECT_LE(layer.ffn.size(), 6u);  // one token always reaches a share of 0
  }
}

TEST(FtpFfn, RefusesWhatDoesNotFit) {
  EXPECT_EQ(first_problem("ftp_ffn", "{}"), "eta");
  EXPECT_EQ(first_problem("ftp_ffn", R"({"eta": 1.5})"), "eta");
  EXPECT_EQ(first_problem("ftp_ffn", R"({"eta": 0.9, "last": 0})"), "last");
  expect_refused("ftp_ffn", R"({"eta": 0.9, "full_layers": 8})");
}

}  // namespace
}  // namespace skipbench::test
