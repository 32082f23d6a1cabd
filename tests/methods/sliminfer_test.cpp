#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "methods/sparse/block_scores.h"
#include "tests/methods/support/naive_model.h"
#include "tests/methods/support/naive_reply.h"
#include "tests/methods/support/reference.h"
#include "tests/methods/support/tiny_model.h"
#include "tests/support/recorded_flops.h"

namespace skipbench::test {
namespace {

// What each of `tokens` is worth to a query head, from the queries of `asking`: the product with
// their mean query, or the mean attention that they pay among all that they see, `seen`.
std::vector<double> naive_worth(const NaiveLayer& layer, int64_t head, const Positions& tokens,
                                const Positions& asking, const Positions& seen, bool softmax) {
  const at::Tensor queries = layer.queries(), keys = layer.keys();
  const auto q = queries.accessor<double, 3>(), k = keys.accessor<double, 3>();
  const auto product = [&](int64_t i, int64_t j) {
    double sum = 0;
    for (int64_t e = 0; e < q.size(2); ++e) sum += q[i][head][e] * k[j][head][e];
    return sum;
  };
  const double scale = 1 / std::sqrt(static_cast<double>(q.size(2)));
  std::vector<double> worth(tokens.size(), 0.0);
  for (const int64_t i : asking) {
    double total = softmax ? 0 : 1;
    for (const int64_t j : seen) {
      if (softmax && j <= i) total += std::exp(product(i, j) * scale);
    }
    for (size_t t = 0; t < tokens.size(); ++t) {
      const double paid = !softmax
                              ? product(i, tokens[t])
                              : (tokens[t] <= i ? std::exp(product(i, tokens[t]) * scale) : 0.0);
      worth[t] += paid / total / static_cast<double>(asking.size());
    }
  }
  return worth;
}

// r(B_j) of each block of `tokens`, unit by unit and head by head.
std::vector<double> naive_block_scores(const NaiveLayer& layer, const Positions& tokens,
                                       const Positions& asking, const Positions& seen,
                                       const Json& p) {
  const int64_t size = std::ssize(tokens), heads = layer.queries().size(1);
  const int64_t block = p.at("block"), unit = p.at("unit");
  std::vector<std::vector<double>> worth;
  for (int64_t head = 0; head < heads; ++head) {
    worth.push_back(naive_worth(layer, head, tokens, asking, seen, p.at("score") == "softmax"));
  }
  std::vector<double> scores;
  for (int64_t begin = 0; begin < size; begin += block) {
    scores.push_back(-1e300);
    for (int64_t first = begin; first < std::min(begin + block, size); first += unit) {
      const int64_t end = std::min(first + unit, size);
      double sum = 0, largest = -1e300;
      for (int64_t head = 0; head < heads; ++head) {
        double mean = 0;
        for (int64_t i = first; i < end; ++i) mean += worth[head][i] / double(end - first);
        if (p.at("score") == "abs") mean = std::abs(mean);
        sum += mean;
        largest = std::max(largest, mean);
      }
      const double of_unit = p.at("heads") == "max" ? largest : sum / double(heads);
      scores.back() = std::max(scores.back(), of_unit);
    }
  }
  return scores;
}

Positions last_of(const Positions& tokens, int64_t count) {
  return {tokens.end() - std::min(count, std::ssize(tokens)), tokens.end()};
}

// What is kept at pruning layer `index` of the prompt's n tokens: a count of tokens.
int64_t naive_budget(const Json& p, size_t index, int64_t n) {
  return naive_tokens(p.at("keep")[index], n);
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
      const auto scores = naive_block_scores(layer, live, last_of(live, p.at("window")), live, p);
      live = naive_survivors(scores, live, naive_budget(p, i, prompt.length()), p.at("block"));
      if (p.at("gather_kv")) did.cached = live;
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

TEST(SlimInfer, EqualsTheReferenceInItsOtherReadings) {
  for (const char* reading :
       {R"({"score": "abs"})", R"({"score": "softmax"})", R"({"heads": "max"})",
        R"({"score": "abs", "heads": "max"})",
        R"({"score": "softmax", "heads": "max", "window": 1})", R"({"gather_kv": true})"}) {
    Json params = Json::parse(kSmallBlocks);
    params.update(Json::parse(reading));
    for (const TinyShape& shape : tiny_shapes()) {
      expect_equals("sliminfer", naive_sliminfer, shape, params.dump(), 67);
    }
    expect_equals("sliminfer", naive_sliminfer, tiny_llama(), params.dump(), 120);
  }
}

// With its sign a product says how much a unit is attended to; without it, where most are negative,
// how little. Shifting all keys against the query turns the order round, and dot keeps its choice.
TEST(SlimInfer, KeepsWhatIsAttendedToWhereAllProductsAreNegative) {
  const BlockScoreParameters dot{.block = 1, .unit = 1};
  BlockScoreParameters absolute = dot;
  absolute.score = "abs";
  const at::Tensor queries = at::ones({1, 2, 4});
  const at::Tensor keys = at::tensor({-3.f, -1.f, -2.f, -9.f}).view({4, 1, 1}).expand({4, 1, 4});
  WorkMeter meter;
  const auto best = [&](const BlockScoreParameters& p) {
    return block_scores(queries, keys.contiguous(), 4, p, meter).argmax().item<int64_t>();
  };
  EXPECT_EQ(best(dot), 1);
  EXPECT_EQ(best(absolute), 3);
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

// The KV manager at full size: which blocks each layer's attention sees, token by token.
class NaiveSlimReply {
 public:
  NaiveSlimReply(const Model& model, const Prompt& prompt, const Json& p)
      : p_(p), prompt_(prompt.length()), prefill_(naive_sliminfer(model, prompt, p)) {
    at::Tensor x = naive_embedding(model, prompt);
    std::vector<at::Tensor> inputs;
    for (int64_t l = 0; l < model.config.layers; ++l) {
      inputs.push_back(x.clone());
      const LayerOutcome& did = prefill_.layers[l];
      const NaiveLayer layer(model, l, x);
      add_rows(x, did.attention, layer.attention(did.attention));
      add_rows(x, did.ffn, layer.ffn(x));
      if (did.attention == did.alive_after) continue;
      Stage& stage = stages_[l];
      for (int64_t i = 0; i < std::ssize(did.attention); i += block()) {
        if (std::binary_search(did.ffn.begin(), did.ffn.end(), did.attention[i])) {
          stage.active.insert(i / block());
        }
      }
    }
    reply_.emplace(model, inputs, [this](const NaiveLayer& layer, int64_t l, int64_t position) {
      return std::vector<Positions>{see(layer, l, position)};
    });
  }

  at::Tensor feed(int32_t token) { return reply_->feed(token); }
  int64_t recalled_rows() const { return recalled_rows_; }

 private:
  struct Stage {
    std::set<int64_t> active;
  };

  int64_t block() const { return p_.at("block"); }

  Positions see(const NaiveLayer& layer, int64_t l, int64_t position) {
    const Positions& live = prefill_.layers[l].attention;
    const auto stage = stages_.lower_bound(l);  // whose pruning layer is this one or behind it
    Positions seen;
    for (int64_t i = 0; i < std::ssize(live); ++i) {
      if (stage == stages_.end() || stage->second.active.contains(i / block())) {
        seen.push_back(live[i]);
      }
    }
    for (int64_t i = prompt_; i <= position; ++i) seen.push_back(i);
    if (stage != stages_.end() && stage->first == l) choose(layer, live, position, *stage);
    return seen;
  }

  void choose(const NaiveLayer& layer, const Positions& live, int64_t position,
              std::pair<const int64_t, Stage>& entry) {
    std::set<int64_t>& active = entry.second.active;
    const auto scores = naive_block_scores(layer, live, {position}, live, p_);
    std::set<int64_t> chosen = {0, std::ssize(scores) - 1};
    while (chosen.size() < active.size()) {
      int64_t best = -1;
      for (int64_t b = 0; b < std::ssize(scores); ++b) {
        if (!chosen.contains(b) && (best < 0 || scores[b] > scores[best])) best = b;
      }
      chosen.insert(best);
    }
    int64_t both = 0;
    for (const int64_t b : chosen) both += active.contains(b) ? 1 : 0;
    const auto count = static_cast<int64_t>(active.size());
    if (double(both) / double(count) >= p_.at("overlap").get<double>()) return;
    int64_t first_layer = 0;
    for (const auto& [layer_of, stage] : stages_) {
      if (layer_of < entry.first) first_layer = layer_of + 1;
    }
    recalled_rows_ += (count - both) * block() * (entry.first - first_layer + 1);
    active = chosen;
  }

  Json p_;
  int64_t prompt_;
  Outcome prefill_;
  std::map<int64_t, Stage> stages_;  // by pruning layer
  std::optional<NaiveReply> reply_;
  int64_t recalled_rows_ = 0;
};

void expect_recalls(const TinyShape& shape, const char* params, int64_t length, uint64_t seed) {
  SCOPED_TRACE(testing::Message() << shape.name << " " << params << " seed " << seed);
  const Model model = tiny_model(shape);
  Decoder decoder(model);
  const Json p = resolved("sliminfer", Json::parse(params));
  const auto method = ready_method("sliminfer", p, decoder);
  const Prompt prompt = tiny_prompt(length, seed);
  Sequence sequence = decoder.prefill(prompt, *method);
  NaiveSlimReply reference(model, prompt, p);
  expect_same_reply(decoder, sequence, 24, [&](int32_t token) { return reference.feed(token); });
  EXPECT_EQ(sequence.activity.recalled_rows, reference.recalled_rows());
  EXPECT_GT(reference.recalled_rows(), 0);
}

constexpr const char* kManaged =
    R"({"prune_layers": [1, 3, 6], "keep": [0.7, 0.4, 12], "block": 4, "unit": 2,
        "kv_manager": true, "overlap": 0.8})";

TEST(SlimInfer, RecallsTheBlocksThatTheReferenceRecallsOver24Tokens) {
  for (const TinyShape& shape : tiny_shapes()) expect_recalls(shape, kManaged, 67, 1);
  for (const uint64_t seed : {2, 3, 4}) {
    expect_recalls(tiny_llama(), kManaged, 60, seed);
    expect_recalls(tiny_llama(),
                   R"({"prune_layers": [2, 5], "keep": [20, 10], "block": 1, "unit": 1,
                       "kv_manager": true})",
                   41, seed);
  }
}

TEST(SlimInfer, ReusesTheBlocksWhileTheyOverlapEnough) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  Json params = Json::parse(kManaged);
  const auto recalled = [&](double overlap) {
    params["overlap"] = overlap;
    const auto method = ready_method("sliminfer", params, decoder);
    Sequence sequence = decoder.prefill(tiny_prompt(67), *method);
    decoder.extend(sequence, std::vector<int32_t>(8, 5));
    return sequence.activity.recalled_rows;
  };
  EXPECT_EQ(recalled(0), 0);
  EXPECT_GT(recalled(1), 0);
}

TEST(SlimInfer, TheManagerLeavesOnTheDeviceWhatTheLayersBehindKeep) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const auto method = ready_method("sliminfer", Json::parse(kManaged), decoder);
  Sequence sequence = decoder.prefill(tiny_prompt(64), *method, {.record_positions = true});
  // Blocks of 4: of 64 tokens 44, of these 24, of these 12.
  const std::vector<int64_t> lengths = {44, 44, 24, 24, 12, 12, 12, 12};
  EXPECT_EQ(sequence.cache.lengths(), lengths);
  EXPECT_DOUBLE_EQ(sequence.activity.kv_share(), 184.0 / (8 * 64));
  for (size_t l = 0; l < lengths.size(); ++l) {
    EXPECT_EQ(std::ssize(sequence.activity.layers[l].kv_positions.at(0)), lengths[l]) << l;
  }
  const int64_t row = 2 * 2 * 8 * 4;                         // K and V, 2 heads of 8, fp32
  const int64_t unit_keys = (64 + 44 + 24) / 2 * 2 * 8 * 4;  // their means, fp32
  EXPECT_EQ(sequence.cache.bytes_in_use(), 184 * row + unit_keys);
  EXPECT_EQ(sequence.cache.host_bytes_in_use(), (2 * 20 + 2 * 20 + 3 * 12) * row);
  decoder.extend(sequence, std::vector<int32_t>(8, 5));
  EXPECT_GT(sequence.activity.recalled_rows, 0);
  EXPECT_EQ(sequence.cache.lengths()[0], 44 + 8) << "generated tokens stay";
}

// Revival token by token at full size: each layer's input of every token and its state between
// attention and FFN, from which a token goes on that was dropped there.
class NaiveSlimRevival {
 public:
  NaiveSlimRevival(const Model& model, const Prompt& prompt, const Json& p)
      : model_(model), p_(p), prompt_(prompt.length()) {
    at::Tensor x = naive_embedding(model, prompt);
    const Outcome prefill = naive_sliminfer(model, prompt, p);
    for (int64_t l = 0; l < model.config.layers; ++l) {
      const LayerOutcome& did = prefill.layers[l];
      inputs_.push_back(x.clone());
      const NaiveLayer layer(model, l, x);
      add_rows(x, did.attention, layer.attention(did.attention));
      between_.push_back(x.clone());
      add_rows(x, did.ffn, layer.ffn(x).clone());
      computed_.emplace_back(did.attention.begin(), did.attention.end());
      asking_.push_back(last_of(did.attention, p.at("window")));
    }
    inputs_.push_back(x);
  }

  at::Tensor feed(int32_t token) {
    const int64_t n = inputs_[0].size(0), layers = model_.config.layers;
    const auto grow = [](at::Tensor& x) { x = at::cat({x, at::zeros_like(x[0]).unsqueeze(0)}); };
    for (at::Tensor& x : inputs_) grow(x);
    for (at::Tensor& x : between_) grow(x);
    inputs_[0][n] = model_.weights.embedding[token].to(at::kDouble);
    Positions seen = all_positions(n + 1);
    for (int64_t l = 0; l < layers; ++l) {
      const NaiveLayer layer(model_, l, inputs_[l]);
      for (const int64_t i : seen) {
        if (!computed_[l].insert(i).second) continue;
        revived_rows_ += i == n ? 0 : 1;
        Positions before;
        for (const int64_t j : seen) {
          if (j <= i) before.push_back(j);
        }
        between_[l][i] = inputs_[l][i] + layer.attention_of(i, {before});
      }
      if (l + 1 < layers) seen = chosen(layer, l, seen);
      for (const int64_t i : seen) {
        if (l + 1 < layers && computed_[l + 1].contains(i)) continue;
        inputs_[l + 1][i] = between_[l][i] + layer.ffn(between_[l].narrow(0, i, 1))[0];
      }
    }
    return naive_logits(model_, inputs_[layers]);
  }

  int64_t revived_rows() const { return revived_rows_; }

 private:
  Positions chosen(const NaiveLayer& layer, int64_t l, const Positions& seen) {
    asking_[l].push_back(seen.back());
    asking_[l] = last_of(asking_[l], p_.at("window"));
    Positions prompt, reply;
    for (const int64_t i : seen) (i < prompt_ ? prompt : reply).push_back(i);
    for (size_t i = 0; i < p_.at("prune_layers").size(); ++i) {
      if (p_.at("prune_layers")[i] != l) continue;
      const auto scores = naive_block_scores(layer, prompt, asking_[l], seen, p_);
      prompt = naive_survivors(scores, prompt, naive_budget(p_, i, prompt_), p_.at("block"));
    }
    prompt.insert(prompt.end(), reply.begin(), reply.end());
    return prompt;
  }

  const Model& model_;
  Json p_;
  int64_t prompt_;
  std::vector<at::Tensor> inputs_, between_;  // [n, D] into each layer, and out of the last
  std::vector<std::set<int64_t>> computed_;   // whose K and V each layer has
  std::vector<Positions> asking_;             // each layer's newest tokens
  int64_t revived_rows_ = 0;
};

// The prompts' last block is no shorter than the window: its tokens are seen by every step.
TEST(SlimInfer, RevivesWhatTheReferenceRevivesOver24Tokens) {
  int64_t revived = 0;
  const auto expect_revives = [&](const TinyShape& shape, const char* score, uint64_t seed) {
    SCOPED_TRACE(testing::Message() << shape.name << " " << score << " seed " << seed);
    const Model model = tiny_model(shape);
    Decoder decoder(model);
    Json p = Json::parse(R"({"prune_layers": [1, 3, 6], "keep": [0.7, 0.4, 16], "block": 4,
                             "unit": 2, "window": 2, "revive": true})");
    p["score"] = score;
    p = resolved("sliminfer", p);
    const auto method = ready_method("sliminfer", p, decoder);
    const Prompt prompt = tiny_prompt(66, seed);
    Sequence sequence = decoder.prefill(prompt, *method);
    NaiveSlimRevival reference(model, prompt, p);
    expect_same_reply(decoder, sequence, 24, [&](int32_t token) { return reference.feed(token); });
    EXPECT_EQ(sequence.activity.revived_rows, reference.revived_rows());
    revived += reference.revived_rows();
  };
  for (const TinyShape& shape : tiny_shapes()) expect_revives(shape, "dot", 1);
  for (const char* score : {"dot", "abs", "softmax"}) {
    for (const uint64_t seed : {2, 3}) expect_revives(tiny_llama(), score, seed);
  }
  EXPECT_GT(revived, 0);
}

TEST(SlimInfer, CountsTheWorkOfRevivalAsLibTorchRecordsIt) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  for (const char* score : {"dot", "softmax"}) {
    Json params = Json::parse(kSmallBlocks);
    params.update(Json{{"revive", true}, {"score", score}, {"window", 1}});
    const auto method = ready_method("sliminfer", params, decoder);
    Sequence sequence = decoder.prefill(tiny_prompt(67), *method);
    const RecordedFlops recorded;
    decoder.extend(sequence, std::vector<int32_t>{5, 6, 7, 8});
    EXPECT_GT(sequence.activity.revived_rows, 0);
    EXPECT_EQ(sequence.decode_work.total(), recorded.total()) << score;
  }
}

TEST(SlimInfer, RevivalRewindsAndKeepsWhatIsFullAttention) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  Json params = Json::parse(kSmallBlocks);
  params["revive"] = true;
  const auto method = ready_method("sliminfer", params, decoder);
  Sequence sequence = decoder.prefill(tiny_prompt(67), *method);
  expect_rewinds(decoder, sequence, 20);
  expect_full_when_everything_is_selected("sliminfer", params);
}

TEST(SlimInfer, RewindsToTheEndOfThePrompt) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const auto method = ready_method("sliminfer", Json::parse(kManaged), decoder);
  Sequence sequence = decoder.prefill(tiny_prompt(67), *method);
  expect_rewinds(decoder, sequence, 20);
}

TEST(SlimInfer, DecodesLikeFullAttentionWhenItKeepsEverything) {
  expect_full_when_everything_is_selected("sliminfer", Json::parse(kManaged));
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
  const auto refused = [&](const char* reading) {
    Json params = Json::parse(kSmallBlocks);
    params.update(Json::parse(reading));
    return first_problem(params.dump().c_str()).key;
  };
  EXPECT_EQ(refused(R"({"revive": true, "gather_kv": true})"), "revive");
  EXPECT_EQ(refused(R"({"revive": true, "kv_manager": true})"), "kv_manager");
  EXPECT_EQ(refused(R"({"score": "softmax", "kv_manager": true})"), "score");
  EXPECT_EQ(refused(R"({"score": "cosine"})"), "score");
  expect_refused("sliminfer", R"({"prune_layers": [8], "keep": [5]})");
}

}  // namespace
}  // namespace skipbench::test
