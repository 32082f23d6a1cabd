#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "tests/methods/support/naive_reply.h"
#include "tests/methods/support/reference.h"

namespace skipbench::test {
namespace {

// Scores of the living tokens by prompt position, by the recent queries: the mean over heads and
// queries, which are weighted from 1 to 1.2.
std::vector<double> naive_scores(const NaiveLayer& layer, const Positions& live, int64_t recent) {
  const at::Tensor paid = layer.probe_weights(live, recent);  // [w, H, N]
  const auto weights = paid.accessor<double, 3>();
  std::vector<double> scores(paid.size(2), 0.0);
  for (int64_t i = 0; i < paid.size(0); ++i) {
    const double step = recent == 1 ? 0 : 0.2 * double(i) / double(recent - 1);
    for (int64_t head = 0; head < paid.size(1); ++head) {
      for (int64_t j = 0; j < paid.size(2); ++j) {
        scores[j] += (1 + step) * weights[i][head][j] / double(paid.size(1) * paid.size(0));
      }
    }
  }
  return scores;
}

// p_l: from 1 at the first layer towards d.
double naive_share(const Json& p, int64_t layer, int64_t layers) {
  const double d = p.at("decay"), depth = double(layer) / double(layers);
  return (1 - d) * (std::cos(M_PI * depth) + 1) / 2 + d;
}

// How many of `context` tokens a layer leaves: n, 1 + R recent ones among them, are the prompt.
int64_t naive_context_kept(const Json& p, int64_t context, double share, int64_t n,
                           int64_t recent) {
  const auto whole = double(p.at("compound") ? context : n - recent);
  const auto count = static_cast<int64_t>(std::floor(share * whole));
  const int64_t least = p.at("min_context"), sinks = p.at("sinks");
  if (p.at("short_context") == "minimum") {
    return std::min(std::max({count, least, sinks, int64_t{1}}), context);
  }
  if (count <= std::min(least, n - recent)) return context;
  return std::min(std::max(count, sinks), context);
}

Outcome naive_pyramidinfer(const Model& model, const Prompt& prompt, const Json& p) {
  Outcome outcome;
  at::Tensor x = naive_embedding(model, prompt);
  const int64_t n = prompt.length(), layers = model.config.layers;
  // The last 1 + R tokens, R a share of the prompt.
  const int64_t recent =
      std::min(1 + static_cast<int64_t>(p.at("recent").get<double>() * double(n)), n);
  Positions live = all_positions(n);
  for (int64_t l = 0; l < layers; ++l) {
    const NaiveLayer layer(model, l, x);
    const Positions entered = live;
    add_rows(x, live, layer.attention(live));
    add_rows(x, live, layer.ffn(x).clone());
    const Positions context(live.begin(), live.end() - recent);
    const int64_t size = std::ssize(context);
    const int64_t count = naive_context_kept(p, size, naive_share(p, l, layers), n, recent);
    const bool matters = p.at("gather_kv") || l + 1 < layers;
    if (size > 0 && count < size && matters) {
      Positions sinks;
      for (int64_t i = 0; i < std::min(p.at("sinks").get<int64_t>(), size); ++i) {
        sinks.push_back(context[i]);
      }
      Positions kept = naive_top(naive_scores(layer, live, recent), context, count, sinks);
      kept.insert(kept.end(), live.end() - recent, live.end());
      live = kept;
    }
    outcome.layers.push_back({entered, entered, live, p.at("gather_kv") ? live : entered});
  }
  outcome.logits = naive_logits(model, x);
  return outcome;
}

constexpr const char* kSmallPyramidinfer =
    R"({"recent": 0.15, "decay": 0.5, "sinks": 3, "min_context": 6})";

TEST(PyramidInfer, EqualsTheReferenceForEveryShape) {
  for (const TinyShape& shape : tiny_shapes()) {
    expect_equals("pyramidinfer", naive_pyramidinfer, shape, kSmallPyramidinfer, 67);
  }
}

TEST(PyramidInfer, EqualsTheReferenceAtEveryLength) {
  for (const int64_t length : {1, 2, 3, 6, 7, 13, 61, 120}) {
    expect_equals("pyramidinfer", naive_pyramidinfer, tiny_llama(), kSmallPyramidinfer, length);
    expect_equals("pyramidinfer", naive_pyramidinfer, tiny_llama(), kSmallPyramidinfer, length, 2);
  }
}

TEST(PyramidInfer, EqualsTheReferenceWithPublishedSettings) {
  for (const char* params : {"{}", R"({"recent": 0.01, "decay": 0.01})",
                             R"({"recent": 0.2, "decay": 0.3, "compound": false})"}) {
    expect_equals("pyramidinfer", naive_pyramidinfer, tiny_llama(), params, 230);
  }
}

TEST(PyramidInfer, EqualsTheReferenceInItsOtherReadings) {
  for (const char* params :
       {R"({"decay": 0.2, "min_context": 9, "short_context": "minimum"})",
        R"({"decay": 0.2, "compound": false, "min_context": 4})",
        R"({"decay": 0.2, "gather_kv": true, "min_context": 4})",
        R"({"decay": 0.6, "compound": false, "gather_kv": true, "min_context": 0, "sinks": 0})",
        R"({"recent": 0, "decay": 0, "min_context": 0, "sinks": 9})",
        R"({"recent": 0, "decay": 0, "min_context": 0, "short_context": "minimum"})",
        R"({"recent": 1, "decay": 0.1})", R"({"recent": 0.5, "decay": 1, "min_context": 0})"}) {
    expect_equals("pyramidinfer", naive_pyramidinfer, tiny_llama(), params, 58);
    expect_equals("pyramidinfer", naive_pyramidinfer, tiny_shapes()[5], params, 58);
  }
}

// R = 12 of 61 tokens: 13 are recent. Of a context of 48, p_1 = .962 leaves 46, p_2 = .854 of these
// 39, p_3 = .691 26. p_4 = .5 would leave 13, fewer than 20: then the authors' code drops none.
TEST(PyramidInfer, AContextThatWouldFallToTheMinimumStaysWhole) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  Json given = Json::parse(R"({"recent": 0.2, "decay": 0, "min_context": 20})");
  const auto alive = [&] {
    std::vector<size_t> sizes;
    const Outcome outcome = run_method("pyramidinfer", given, decoder, tiny_prompt(61));
    for (const LayerOutcome& layer : outcome.layers) sizes.push_back(layer.alive_after.size());
    return sizes;
  };
  EXPECT_THAT(alive(), testing::ElementsAre(61, 13 + 46, 13 + 39, 13 + 26, 39, 39, 39, 39));
  given["short_context"] = "minimum";
  EXPECT_THAT(alive(), testing::ElementsAre(61, 13 + 46, 13 + 39, 13 + 26, 33, 33, 33, 33));
}

// The decode option token by token: the rows of each layer's cache by age, and what each of the
// recent tokens paid to every row that it saw.
class NaivePyramidReply {
 public:
  NaivePyramidReply(const Model& model, const Prompt& prompt, const Json& p)
      : layers_(model.config.layers) {
    const int64_t n = prompt.length();
    recent_ = std::min(1 + static_cast<int64_t>(p.at("recent").get<double>() * double(n)), n);
    const Outcome prefill = naive_pyramidinfer(model, prompt, p);
    at::Tensor x = naive_embedding(model, prompt);
    std::vector<at::Tensor> inputs;
    for (int64_t l = 0; l < layers_; ++l) {
      const LayerOutcome& did = prefill.layers[l];
      const NaiveLayer layer(model, l, x);
      inputs.push_back(x.clone());
      const at::Tensor paid = layer.probe_weights(did.attention, recent_).mean(1);  // [r, N]
      Layer& state = states_.emplace_back();
      state.rows = did.cached;
      state.compressed = std::ssize(state.rows);
      for (int64_t i = 0; i < recent_; ++i) {
        for (int64_t j = 0; j < n; ++j)
          state.paid[{n - recent_ + i, j}] = paid[i][j].item<double>();
      }
      add_rows(x, did.attention, layer.attention(did.attention));
      add_rows(x, did.ffn, layer.ffn(x).clone());
    }
    reply_.emplace(model, inputs, [this](const NaiveLayer& layer, int64_t l, int64_t position) {
      return std::vector<Positions>{see(layer, l, position)};
    });
  }

  at::Tensor feed(int32_t token) { return reply_->feed(token); }
  Positions rows(int64_t layer) const { return states_[layer].rows; }

 private:
  struct Layer {
    Positions rows;
    int64_t compressed = 0;                              // rows at the last compression
    std::map<std::pair<int64_t, int64_t>, double> paid;  // by query and key, the mean over heads
  };

  Positions see(const NaiveLayer& layer, int64_t l, int64_t position) {
    Layer& state = states_[l];
    state.rows.push_back(position);
    const Positions seen = state.rows;
    const at::Tensor paid = layer.probe_weights(seen, 1).mean(1);  // [1, n]
    for (const int64_t j : seen) state.paid[{position, j}] = paid[0][j].item<double>();
    if (std::ssize(state.rows) == state.compressed + 16) compress(l);
    return seen;
  }

  void compress(int64_t l) {
    Layer& state = states_[l];
    const auto first_recent = state.rows.end() - recent_;
    const Positions recent(first_recent, state.rows.end()), block(first_recent - 16, first_recent);
    std::vector<double> scores(state.rows.back() + 1, 0.0);
    for (const int64_t j : block) {
      for (int64_t k = 0; k < recent_; ++k) {
        const double step = recent_ == 1 ? 0 : 0.2 * double(k) / double(recent_ - 1);
        scores[j] += (1 + step) * state.paid[{recent[k], j}];
      }
    }
    const double share = .9 * (std::cos(M_PI * double(l) / double(layers_)) + 1) / 2 + .1;
    const auto count = static_cast<int64_t>(16 * .9 * share);
    Positions rows(state.rows.begin(), first_recent - 16);
    const Positions kept = naive_top(scores, block, std::max<int64_t>(count, 1));
    rows.insert(rows.end(), kept.begin(), kept.end());
    rows.insert(rows.end(), recent.begin(), recent.end());
    state.rows = rows;
    state.compressed = std::ssize(rows);
  }

  int64_t layers_, recent_ = 0;
  std::vector<Layer> states_;
  std::optional<NaiveReply> reply_;
};

TEST(PyramidInfer, CompressesWhileDecodingWhatTheReferenceCompressesOver50Tokens) {
  for (const char* params :
       {R"({"recent": 0.2, "decay": 0.5, "min_context": 6, "decode": true})",
        R"({"recent": 0, "decay": 0.5, "min_context": 6, "decode": true})",
        R"({"recent": 0.6, "decay": 0.3, "min_context": 6, "decode": true, "gather_kv": true})"}) {
    for (const TinyShape& shape : {tiny_llama(), tiny_shapes()[5]}) {
      SCOPED_TRACE(testing::Message() << shape.name << " " << params);
      const Model model = tiny_model(shape);
      Decoder decoder(model);
      const Json p = resolved("pyramidinfer", Json::parse(params));
      const auto method = ready_method("pyramidinfer", p, decoder);
      Sequence sequence = decoder.prefill(tiny_prompt(61), *method);
      NaivePyramidReply reference(model, tiny_prompt(61), p);
      expect_same_reply(decoder, sequence, 50,
                        [&](int32_t token) { return reference.feed(token); });
      for (int64_t l = 0; l < model.config.layers; ++l) {
        EXPECT_EQ(sequence.cache.lengths()[l], std::ssize(reference.rows(l))) << l;
      }
    }
  }
}

TEST(PyramidInfer, DecodingRewindsToTheEndOfThePrompt) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const auto method = ready_method("pyramidinfer", Json{{"decay", 0.5}, {"decode", true}}, decoder);
  Sequence sequence = decoder.prefill(tiny_prompt(61), *method);
  expect_rewinds(decoder, sequence, 40);
}

TEST(PyramidInfer, CompoundedSharesShrinkTheContextFaster) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const auto survivors = [&](const char* params) {
    return run_method("pyramidinfer", Json::parse(params), decoder, tiny_prompt(200))
        .layers[6]
        .alive_after.size();
  };
  EXPECT_LT(survivors(R"({"decay": 0.3, "min_context": 4})"),
            survivors(R"({"decay": 0.3, "min_context": 4, "compound": false})"));
}

TEST(PyramidInfer, RefusesSharesAboveOne) {
  EXPECT_EQ(first_problem("pyramidinfer", R"({"recent": 1.5})"), "recent");
  EXPECT_EQ(first_problem("pyramidinfer", R"({"decay": -0.1})"), "decay");
}

}  // namespace
}  // namespace skipbench::test
