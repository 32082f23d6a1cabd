#include "methods/sliminfer.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "kernels/base/error.h"
#include "tests/methods/support/naive_model.h"
#include "tests/methods/support/naive_reply.h"
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
    std::vector<double> scores;  // of each block, by the new token's query
    const at::Tensor query = layer.queries()[position];
    const int64_t unit = p_.at("unit"), size = std::ssize(live);
    for (int64_t begin = 0; begin < size; begin += block()) {
      double best = 0;
      for (int64_t first = begin; first < std::min(begin + block(), size); first += unit) {
        const int64_t end = std::min(first + unit, size);
        at::Tensor key = at::zeros_like(query);
        for (int64_t i = first; i < end; ++i) key += layer.keys()[live[i]];
        const at::Tensor products = (query * key).sum(1).abs() / static_cast<double>(end - first);
        best = std::max(best, products.mean().item<double>());
      }
      scores.push_back(best);
    }
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
  auto method =
      find_method("sliminfer")
          .make(resolved("sliminfer", Json::parse(R"({"prune_layers": [8], "keep": [5]})")));
  EXPECT_THROW(method->attach(tiny_model(tiny_llama()).config), InputError);
}

}  // namespace
}  // namespace skipbench::test
