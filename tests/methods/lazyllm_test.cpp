#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "tests/methods/support/naive_reply.h"
#include "tests/methods/support/reference.h"
#include "tests/support/recorded_flops.h"

namespace skipbench::test {
namespace {

Outcome naive_lazyllm(const Model& model, const Prompt& prompt, const Json& p) {
  Outcome outcome;
  at::Tensor x = naive_embedding(model, prompt);
  const int64_t n = prompt.length(), layers = model.config.layers;
  const auto depth = [&](const char* key) {
    return static_cast<int64_t>(std::floor(p.at(key).get<double>() * static_cast<double>(layers)));
  };
  const int64_t first = depth("start"), last = depth("end");
  const double begin = p.at("keep_start"), end = p.at("keep_end");
  Positions live = all_positions(n);
  for (int64_t l = 0; l < layers; ++l) {
    const NaiveLayer layer(model, l, x);
    const Positions entered = live;
    const std::vector<double> scores = layer.probe(live, 1);
    add_rows(x, live, layer.attention(live));
    add_rows(x, live, layer.ffn(x).clone());
    if (l >= first && l <= last) {
      const double way = last == first ? 1.0 : double(l - first) / double(last - first);
      const double share = begin + (end - begin) * way;
      const auto count = static_cast<int64_t>(std::floor(share * static_cast<double>(n)));
      const int64_t kept = std::clamp<int64_t>(count, 1, std::ssize(live));
      live = naive_top(scores, live, kept, {n - 1});
    }
    outcome.layers.push_back({entered, entered, live, entered});
  }
  outcome.logits = naive_logits(model, x);
  return outcome;
}

TEST(LazyLlm, EqualsTheReferenceForEveryShape) {
  for (const TinyShape& shape : tiny_shapes()) {
    expect_equals("lazyllm", naive_lazyllm, shape, R"({"keep_end": 0.2})", 67);
  }
}

TEST(LazyLlm, EqualsTheReferenceAtEveryLength) {
  for (const int64_t length : {1, 2, 3, 7, 61, 120}) {
    expect_equals("lazyllm", naive_lazyllm, tiny_llama(), R"({"keep_end": 0.3})", length, 2);
  }
}

TEST(LazyLlm, EqualsTheReferenceForOtherSchedules) {
  for (const char* params : {R"({"start": 0, "end": 0.99, "keep_start": 0.9, "keep_end": 0.01})",
                             R"({"start": 0.5, "end": 0.5, "keep_start": 0.9, "keep_end": 0.4})",
                             R"({"start": 0.2, "end": 0.7, "keep_start": 0.5, "keep_end": 0.8})"}) {
    expect_equals("lazyllm", naive_lazyllm, tiny_llama(), params, 58);
  }
}

// LazyLLM token by token at full size: what each layer is given and gives of every token, and which
// tokens it computed. A token that a later one chooses is computed from where it was left.
class NaiveLazyReply {
 public:
  NaiveLazyReply(const Model& model, const Prompt& prompt, const Json& p) : model_(model), p_(p) {
    states_.push_back(naive_embedding(model, prompt));
    at::Tensor x = states_[0].clone();
    const Outcome prefill = naive_lazyllm(model, prompt, p);
    for (int64_t l = 0; l < model.config.layers; ++l) {
      const Positions& live = prefill.layers[l].attention;
      const NaiveLayer layer(model, l, x);
      add_rows(x, live, layer.attention(live));
      add_rows(x, live, layer.ffn(x).clone());
      states_.push_back(x.clone());
      computed_.emplace_back(live.begin(), live.end());
    }
  }

  at::Tensor feed(int32_t token) {
    const int64_t n = states_[0].size(0), layers = model_.config.layers;
    for (at::Tensor& state : states_)
      state = at::cat({state, at::zeros_like(state[0]).unsqueeze(0)});
    states_[0][n] = model_.weights.embedding[token].to(at::kDouble);
    Positions seen = all_positions(n + 1);
    for (int64_t l = 0; l < layers; ++l) {
      const NaiveLayer layer(model_, l, states_[l]);
      seen_rows_ += std::ssize(seen);
      for (const int64_t i : seen) {
        if (computed_[l].contains(i)) continue;
        EXPECT_TRUE(l == 0 || computed_[l - 1].contains(i));
        computed_rows_ += i == n ? 0 : 1;
        Positions before;
        for (const int64_t j : seen) {
          if (j <= i) before.push_back(j);
        }
        states_[l + 1][i] = states_[l][i] + layer.attention_of(i, {before});
        states_[l + 1][i] += layer.ffn(states_[l + 1].narrow(0, i, 1))[0];
      }
      computed_[l].insert(seen.begin(), seen.end());
      seen = chosen(layer, l, seen);
    }
    return naive_logits(model_, states_[layers]);
  }

  const std::vector<std::set<int64_t>>& computed() const { return computed_; }
  int64_t computed_rows() const { return computed_rows_; }
  int64_t seen_rows() const { return seen_rows_; }

 private:
  Positions chosen(const NaiveLayer& layer, int64_t l, const Positions& seen) const {
    const auto layers = static_cast<double>(model_.config.layers);
    const auto first = static_cast<int64_t>(p_.at("start").get<double>() * layers);
    const auto last = static_cast<int64_t>(p_.at("end").get<double>() * layers);
    if (l < first || l > last) return seen;
    const double begin = p_.at("keep_start"), end = p_.at("keep_end");
    const double way = last == first ? 1.0 : double(l - first) / double(last - first);
    const double tokens = static_cast<double>(seen.back() + 1);
    const auto count = static_cast<int64_t>((begin + (end - begin) * way) * tokens);
    return naive_top(layer.probe(seen, 1), seen, std::clamp<int64_t>(count, 1, std::ssize(seen)),
                     {seen.back()});
  }

  const Model& model_;
  Json p_;
  std::vector<at::Tensor> states_;           // [n, D] into each layer, and out of the last
  std::vector<std::set<int64_t>> computed_;  // whose K and V each layer has
  int64_t computed_rows_ = 0, seen_rows_ = 0;
};

void expect_revives(const TinyShape& shape, const char* params, int64_t length, uint64_t seed) {
  SCOPED_TRACE(testing::Message() << shape.name << " " << params << " seed " << seed);
  const Model model = tiny_model(shape);
  Decoder decoder(model);
  const Json p = resolved("lazyllm", Json::parse(params));
  const auto method = ready_method("lazyllm", p, decoder);
  const Prompt prompt = tiny_prompt(length, seed);
  Sequence sequence = decoder.prefill(prompt, *method);
  NaiveLazyReply reference(model, prompt, p);
  expect_same_reply(decoder, sequence, 24, [&](int32_t token) { return reference.feed(token); });
  for (int64_t l = 0; l < model.config.layers; ++l) {
    const LayerCache& cache = sequence.cache.layer(l);
    const at::Tensor held = std::get<0>(at::sort(cache.positions));
    const Positions rows(held.const_data_ptr<int64_t>(),
                         held.const_data_ptr<int64_t>() + held.numel());
    const std::set<int64_t>& expected = reference.computed()[l];
    EXPECT_EQ(rows, Positions(expected.begin(), expected.end())) << "layer " << l;
    EXPECT_EQ(cache.length, std::ssize(expected));
  }
  EXPECT_EQ(sequence.activity.revived_rows, reference.computed_rows());
  EXPECT_EQ(sequence.activity.decode_rows, reference.seen_rows());
  EXPECT_GT(sequence.activity.revived_tokens, 0);
  EXPECT_LE(sequence.activity.revived_tokens, sequence.activity.revived_rows);
}

TEST(LazyLlm, RevivesWhatTheReferenceRevivesOver24Tokens) {
  for (const TinyShape& shape : tiny_shapes()) {
    expect_revives(shape, R"({"keep_end": 0.2})", 47, 1);
  }
  for (const uint64_t seed : {2, 3, 4}) {
    expect_revives(tiny_llama(), R"({"start": 0, "end": 0.99, "keep_end": 0.1})", 40, seed);
    expect_revives(tiny_llama(),
                   R"({"start": 0.2, "end": 0.7, "keep_start": 0.5, "keep_end": 0.8})", 40, seed);
  }
}

TEST(LazyLlm, CountsTheBytesOfWhatItSetAside) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  for (const bool revive : {false, true}) {
    const Json params = {{"keep_end", 0.2}, {"revive", revive}};
    const auto method = ready_method("lazyllm", params, decoder);
    const Sequence sequence = decoder.prefill(tiny_prompt(50), *method);
    int64_t rows = 0;
    for (const int64_t length : sequence.cache.lengths()) rows += length;
    // 15 of 50 tokens see the last layer; K and V of 2 heads of 8, hidden states of 32, in fp32.
    EXPECT_EQ(sequence.cache.lengths().back(), 15);
    EXPECT_EQ(sequence.cache.bytes_in_use(), (rows * 2 * 2 * 8 + (revive ? 35 * 32 : 0)) * 4);
  }
}

TEST(LazyLlm, WithoutRevivalDecodingSeesWhatThePromptLeft) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const auto method = ready_method("lazyllm", Json{{"keep_end", 0.2}, {"revive", false}}, decoder);
  Sequence sequence = decoder.prefill(tiny_prompt(50), *method);
  std::vector<int64_t> lengths = sequence.cache.lengths();
  decoder.extend(sequence, std::vector<int32_t>{5, 6});
  for (int64_t& length : lengths) length += 2;
  EXPECT_EQ(sequence.cache.lengths(), lengths);
  EXPECT_EQ(sequence.activity.revived_rows, 0);
}

TEST(LazyLlm, RewindsToTheEndOfThePrompt) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const auto method = ready_method("lazyllm", Json{{"keep_end", 0.2}}, decoder);
  Sequence sequence = decoder.prefill(tiny_prompt(50), *method);
  expect_rewinds(decoder, sequence, 20);
}

TEST(LazyLlm, DecodesLikeFullAttentionWhenItKeepsEverything) {
  expect_full_when_everything_is_selected("lazyllm", Json{{"keep_end", 0.2}});
}

TEST(LazyLlm, CountsTheWorkOfRevivalAsLibTorchRecordsIt) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const auto method = ready_method("lazyllm", Json{{"keep_end", 0.2}}, decoder);
  Sequence sequence = decoder.prefill(tiny_prompt(50), *method);
  const RecordedFlops recorded;
  const std::vector<int32_t> reply = {5, 6, 7, 8};
  decoder.extend(sequence, reply);
  EXPECT_GT(sequence.activity.revived_rows, 0);
  EXPECT_EQ(sequence.decode_work.total(), recorded.total());
}

TEST(LazyLlm, RefusesWhatDoesNotFit) {
  EXPECT_EQ(first_problem("lazyllm", R"({"keep_end": 0.2, "start": 0.8, "end": 0.5})"), "end");
  EXPECT_EQ(first_problem("lazyllm", R"({})"), "keep_end");
  EXPECT_EQ(first_problem("lazyllm", R"({"keep_end": 0})"), "keep_end");
}

}  // namespace
}  // namespace skipbench::test
