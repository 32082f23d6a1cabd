#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/base/error.h"
#include "methods/calibration/ffn_cosines.h"
#include "tests/methods/support/naive_model.h"
#include "tests/methods/support/reference.h"
#include "tests/methods/support/tiny_model.h"

namespace skipbench::test {
namespace {

// A reply written down without a cache: the inputs of every layer for all tokens so far.
class NaiveSkippedFfns {
 public:
  NaiveSkippedFfns(const Model& model, const Prompt& prompt, const Json& p, int64_t max_new_tokens)
      : model_(model), p_(p) {
    warmup_ = static_cast<int64_t>(
        std::ceil(p.at("warmup_share").get<double>() * static_cast<double>(max_new_tokens)));
    at::Tensor x = naive_embedding(model, prompt);
    const Positions all = all_positions(prompt.length());
    for (int64_t l = 0; l < model.config.layers; ++l) {
      inputs_.push_back(x.clone());
      const NaiveLayer layer(model, l, x);
      add_rows(x, all, layer.attention(all));
      add_rows(x, all, layer.ffn(x));
    }
    logits_ = naive_logits(model, x);
  }

  const at::Tensor& logits() const { return logits_; }
  int64_t skipped() const { return skipped_; }

  void feed(int32_t token) {
    Prompt one;
    one.tokens = {token};
    at::Tensor row = naive_embedding(model_, one);  // [1, D]
    int64_t budget = 0;
    for (int64_t l = 0; l < model_.config.layers; ++l) {
      inputs_[l] = at::cat({inputs_[l], row});
      const NaiveLayer layer(model_, l, inputs_[l]);
      const int64_t last = inputs_[l].size(0) - 1;
      row = row + layer.attention(all_positions(last + 1)).narrow(0, last, 1);
      const bool middle = step_ >= warmup_ && l >= p_.at("cold_start") && l < p_.at("cold_end");
      if (middle && budget > 0) {
        --budget;
        ++skipped_;
        continue;
      }
      const at::Tensor after = row + layer.ffn(row);
      const double cosine = (row * after).sum().item<double>() /
                            (row.norm().item<double>() * after.norm().item<double>());
      if (middle && cosine >= p_.at("threshold")) budget = p_.at("skip_run");
      row = after;
    }
    logits_ = naive_logits(model_, row);
    ++step_;
  }

 private:
  const Model& model_;
  Json p_;
  int64_t warmup_ = 0, step_ = 0, skipped_ = 0;
  std::vector<at::Tensor> inputs_;
  at::Tensor logits_;
};

double distance(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

void expect_equals_reference(const TinyShape& shape, const char* params) {
  SCOPED_TRACE(testing::Message() << shape.name << " " << params);
  constexpr int64_t kNewTokens = 24;
  const Model model = tiny_model(shape);
  Decoder decoder(model);
  const Json p = resolved("ffn_skipllm", Json::parse(params));
  const auto method = ready_method("ffn_skipllm", p, decoder);
  const Prompt prompt = tiny_prompt(20);
  Sequence sequence = decoder.prefill(prompt, *method, {.max_new_tokens = kNewTokens});
  NaiveSkippedFfns reference(model, prompt, p, kNewTokens);
  for (int64_t i = 1; i < kNewTokens; ++i) {
    ASSERT_LE(distance(sequence.logits, reference.logits()), 1e-4) << "token " << i;
    const int32_t token = greedy_token(sequence.logits);
    decoder.extend(sequence, std::span(&token, 1));
    reference.feed(token);
  }
  const int64_t ffns = model.config.layers * (kNewTokens - 1);
  EXPECT_EQ(sequence.activity.decode_ffns, ffns - reference.skipped());
  EXPECT_EQ(sequence.activity.decode_layers, ffns);
  EXPECT_GT(reference.skipped(), 0);
}

TEST(FfnSkipLlm, EqualsTheReferenceTokenByToken) {
  for (const TinyShape& shape : tiny_shapes()) {
    expect_equals_reference(shape,
                            R"({"threshold": 0.7, "skip_run": 2, "cold_start": 1, "cold_end": 7})");
  }
}

TEST(FfnSkipLlm, EqualsTheReferenceForOtherSettings) {
  for (
      const char* params :
      {R"({"threshold": -1, "skip_run": 1, "cold_start": 0, "cold_end": 8, "warmup_share": 0})",
       R"({"threshold": 0, "skip_run": 9, "cold_start": 2, "cold_end": 8, "warmup_share": 0.5})"}) {
    expect_equals_reference(tiny_llama(), params);
  }
}

TEST(FfnSkipLlm, BeginsAnewAfterRewinding) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const auto method = ready_method(
      "ffn_skipllm",
      Json::parse(R"({"threshold": -1, "cold_start": 0, "cold_end": 8, "warmup_share": 0.25})"),
      decoder);
  Sequence sequence = decoder.prefill(tiny_prompt(20), *method, {.max_new_tokens = 8});
  const Sequence::Mark mark = sequence.mark();
  const std::vector<int32_t> reply = {3, 1, 4, 1, 5};
  const at::Tensor first = decoder.extend(sequence, reply);
  const int64_t ffns = sequence.activity.decode_ffns;
  sequence.rewind(mark);
  EXPECT_FALSE(sequence.activity.decode_ffn_share().has_value());
  EXPECT_TRUE(at::equal(decoder.extend(sequence, reply), first));
  EXPECT_EQ(sequence.activity.decode_ffns, ffns);
  EXPECT_LT(*sequence.activity.decode_ffn_share(), 1);
}

TEST(FfnSkipLlm, ASkippedShareIsCountedAsTheRuleSays) {
  // Two tokens, six layers, all but the ends may be skipped.
  const at::Tensor cosines = at::tensor({0.9F, 0.9F, 0.1F, 0.9F, 0.9F, 0.9F,   // token 0
                                         0.1F, 0.1F, 0.1F, 0.1F, 0.9F, 0.9F})  // token 1
                                 .view({2, 6})
                                 .t()
                                 .contiguous();
  const MiddleLayers middle{.begin = 1, .end = 5, .layers = 6};
  // Token 0: layer 1 reaches 0.5, so 2 (and 3) are skipped; token 1: layer 4 reaches it, too late.
  EXPECT_DOUBLE_EQ(skipped_share(cosines, 0.5, 2, middle), 2.0 / 12);
  EXPECT_DOUBLE_EQ(skipped_share(cosines, 0.5, 1, middle), 2.0 / 12);  // layers 2 and 4
  EXPECT_DOUBLE_EQ(skipped_share(cosines, 0.95, 2, middle), 0);
  EXPECT_DOUBLE_EQ(skipped_share(cosines, 0, 1, middle), 4.0 / 12);
}

TEST(FfnSkipLlm, CalibratesItsThresholdForATarget) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  std::vector<double> shares;
  const Artefact artefact =
      calibrate_ffn_cosines(decoder, tiny_texts(), [&](double done) { shares.push_back(done); });
  EXPECT_EQ(shares.size(), tiny_texts().size()) << "places where it can be ended";
  EXPECT_EQ(shares.front(), 0);
  EXPECT_LT(shares.back(), 1);
  const MiddleLayers middle{.begin = 1, .end = 7, .layers = 8};
  for (const double target : {0.05, 0.15, 0.25, 0.35}) {
    const double threshold = threshold_for(artefact, target, 2, middle);
    EXPECT_NEAR(skipped_share(artefact.tensors.at("cosines"), threshold, 2, middle), target, 0.02);
  }
  EXPECT_EQ(threshold_for(artefact, 0, 2, middle), 2);
  EXPECT_THROW(threshold_for(artefact, 0.9, 2, middle), InputError);
}

TEST(FfnSkipLlm, RefusesWhatDoesNotFit) {
  for (const char* params : {R"({})", R"({"threshold": 0.9, "target_skip": 0.2})"}) {
    std::vector<ParameterProblem> problems;
    find_method("ffn_skipllm").resolve(Json::parse(params), problems);
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_EQ(problems[0].key, "threshold");
  }
  for (const char* params : {R"({"threshold": 0.9, "cold_end": 9})",
                             R"({"threshold": 0.9, "cold_start": 5, "cold_end": 5})"}) {
    expect_refused("ffn_skipllm", params);
  }
}

}  // namespace
}  // namespace skipbench::test
