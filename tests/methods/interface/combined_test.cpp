#include "methods/interface/combinable.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "kernels/base/error.h"
#include "tests/methods/support/naive_cache.h"
#include "tests/methods/support/naive_sparse.h"
#include "tests/methods/support/naive_spts.h"
#include "tests/methods/support/naive_xattention.h"
#include "tests/methods/support/reference.h"
#include "tests/methods/support/skipping_parameters.h"
#include "tests/methods/support/tiny_model.h"

namespace skipbench::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string refusal(std::string_view name) {
  try {
    find_method(name);
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

Outcome naive_spts_then_snapkv(const Model& model, const Prompt& prompt, const Json& p) {
  const Json& then = p.at("then");
  const int64_t window = then.at("window"), count = naive_tokens(then.at("keep"), prompt.length());
  const NaiveChosenCache cache = [&](const NaiveLayer& layer, const Positions& visible,
                                     const Positions& asking) {
    return naive_top_and_recent(
        naive_window_scores(layer, visible, asking, then, model.config.kv_heads), visible, count,
        window);
  };
  return naive_spts(model, prompt, p, {}, cache);
}

Outcome naive_spts_then_h2o(const Model& model, const Prompt& prompt, const Json& p) {
  const Json& then = p.at("then");
  const auto half = static_cast<int64_t>(then.at("keep").get<double>() / 2 *
                                         static_cast<double>(prompt.length()));
  const int64_t keep = std::max<int64_t>(1, 2 * half), recent = std::max<int64_t>(1, half);
  const NaiveChosenCache cache = [&](const NaiveLayer& layer, const Positions& visible,
                                     const Positions& asking) {
    return naive_top_and_recent(
        naive_group_sums(naive_attention_sums(layer, visible, asking), model.config.kv_heads),
        visible, keep, recent);
  };
  return naive_spts(model, prompt, p, {}, cache);
}

Outcome naive_spts_then_xattention(const Model& model, const Prompt& prompt, const Json& p) {
  const auto attention = [&](const NaiveLayer& layer, int64_t index, const Positions& live) {
    return naive_sparse_attention({layer, index, live, prompt, p.at("then")},
                                  naive_xattention_pattern);
  };
  return naive_spts(model, prompt, p, {}, {}, attention);
}

constexpr const char* kSptsThenSnapKv =
    R"({"full_layers": 2, "stage_ends": [3, 5], "budgets": [0.6, 0.4], "prune_step": 0.1,
        "ltp": false, "then": {"keep": 0.2, "window": 4}})";
constexpr const char* kAllVisible =
    R"({"full_layers": 2, "stage_ends": [3, 5], "budgets": [0.6, 0.4], "prune_step": 0.1,
        "ltp": false, "visible": "candidates", "then": {"keep": 0.2, "window": 4, "pool": 3}})";

TEST(Combined, SptsThenSnapKvEqualsTheReferenceForEveryShape) {
  for (const TinyShape& shape : tiny_shapes()) {
    expect_equals("spts+snapkv", naive_spts_then_snapkv, shape, kSptsThenSnapKv, 67);
    expect_equals("spts+snapkv", naive_spts_then_snapkv, shape, kAllVisible, 67);
  }
}

TEST(Combined, SptsThenSnapKvEqualsTheReferenceAtEveryLength) {
  for (const int64_t length : {1, 2, 9, 10, 31, 90}) {
    expect_equals("spts+snapkv", naive_spts_then_snapkv, tiny_llama(), kSptsThenSnapKv, length);
    expect_equals("spts+snapkv", naive_spts_then_snapkv, tiny_llama(), kAllVisible, length);
  }
}

// Fewer tokens ask than the window is wide.
TEST(Combined, AWindowWiderThanTheActiveTokensLooksThroughAllOfThem) {
  expect_equals("spts+snapkv", naive_spts_then_snapkv, tiny_llama(),
                R"({"full_layers": 1, "stage_ends": [6], "budgets": [5], "visible": "candidates",
                    "ltp": false, "then": {"keep": 14, "window": 12}})",
                40);
}

TEST(Combined, SptsThenH2oEqualsTheReferenceWhetherAllTokensAreVisibleOrNot) {
  for (const char* visible : {"active", "candidates"}) {
    const std::string params =
        fmt::format(R"({{"full_layers": 2, "stage_ends": [3, 5], "budgets": [0.6, 0.4],
                         "ltp": false, "visible": "{}", "then": {{"keep": 0.2}}}})",
                    visible);
    for (const int64_t length : {1, 7, 67}) {
      expect_equals("spts+h2o", naive_spts_then_h2o, tiny_llama(), params, length);
    }
  }
}

// The last layers see all that pruning left: sparse there, too.
TEST(Combined, SptsThenXAttentionEqualsTheReferenceForEveryShape) {
  const char* const params =
      R"({"full_layers": 2, "stage_ends": [3, 5], "budgets": [0.8, 0.6], "prune_step": 0.1,
          "final_budget": 1.0, "ltp": false, "then": {"tau": 0.6, "layers": [0, 1, 3, 6, 7]}})";
  for (const TinyShape& shape : tiny_shapes()) {
    expect_equals("spts+xattention", naive_spts_then_xattention, shape, params, 400);
  }
}

TEST(Combined, StreamingLlmKeepsFirstAndLastOfWhatSlimInferLeftVisible) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  Json params = Json::parse(R"({"prune_layers": [2, 5], "keep": [0.6, 0.3], "block": 4,
                                "unit": 2})");
  const Outcome alone = run_method("sliminfer", params, decoder, tiny_prompt(67));
  params["then"] = {{"keep", 7}, {"sinks", 3}};
  const Outcome both = run_method("sliminfer+streamingllm", params, decoder, tiny_prompt(67));
  for (size_t l = 0; l < both.layers.size(); ++l) {
    const Positions& seen = alone.layers[l].cached;
    Positions expected(seen.begin(), seen.begin() + 3);
    expected.insert(expected.end(), seen.end() - 4, seen.end());
    EXPECT_EQ(both.layers[l].cached, expected) << l;
  }
  EXPECT_TRUE(at::equal(both.logits, alone.logits));
}

// GemFilter leaves 30 of 60 tokens; behind it the shares are still of the 60.
TEST(Combined, SharesBehindGemFilterAreOfTheWholePrompt) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  for (const char* then : {"snapkv", "pyramidkv", "h2o", "streamingllm"}) {
    Json params = Json::parse(R"({"layer": 2, "keep": 0.5, "then": {"keep": 0.3}})");
    if (std::string_view(then).ends_with("kv")) params["then"]["window"] = 4;
    if (std::string_view(then) == "pyramidkv") params["then"]["schedule"] = "kvpress";  // level
    const auto method = ready_method(fmt::format("gemfilter+{}", then), params, decoder);
    const Sequence sequence = decoder.prefill(tiny_prompt(60), *method);
    const std::vector<int64_t> lengths = sequence.cache.lengths();
    EXPECT_EQ(std::accumulate(lengths.begin(), lengths.end(), int64_t{0}), 8 * 18) << then;
  }
}

bool decides_attention(const std::string& method) {
  return contains(find_method(method).decides, Decision::kAttention);
}

// Whatever concerns decoding changes the cache or the decode steps, and nothing before.
TEST(Combined, BehindAnyMethodOneOfDecodingLeavesThePrefillAsItIs) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const Prompt prompt = tiny_prompt(67);
  int64_t combinations = 0;
  for (const MethodEntry& first : all_methods()) {
    const Outcome alone = run_method(first.name, skipping_parameters(first.name), decoder, prompt);
    for (const std::string& then : methods_behind(first)) {
      if (decides_attention(then)) continue;
      const std::string name = first.name + "+" + then;
      Outcome both = run_method(name, skipping_parameters(name), decoder, prompt);
      for (size_t l = 0; l < both.layers.size(); ++l) {
        LayerOutcome& layer = both.layers[l];
        if (contains(first.decides, Decision::kCachedRows)) continue;
        for (const Positions& head : layer.cached_heads) {
          EXPECT_THAT(alone.layers[l].cached, testing::IsSupersetOf(head)) << name << " " << l;
        }
        EXPECT_THAT(alone.layers[l].cached, testing::IsSupersetOf(layer.cached)) << name;
        layer.cached = alone.layers[l].cached;
        layer.cached_heads.clear();
      }
      SCOPED_TRACE(name);
      expect_same(both, alone, 0);
      ++combinations;
    }
  }
  EXPECT_GT(combinations, 40);
}

// The second method sees everything in its first run; in its second it is sparse, but only where
// the first method lets all living tokens attend.
TEST(Combined, BehindAnyMethodASparseOneAttendsWhereAllLivingTokensDo) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const Prompt prompt = tiny_prompt(900);
  int64_t combinations = 0;
  for (const MethodEntry& first : all_methods()) {
    const auto run = [&](const std::string& name, const Json& params) {
      const auto method = ready_method(name, params, decoder);
      return decoder.prefill(prompt, *method, {.record_positions = true});
    };
    const Sequence alone = run(first.name, skipping_parameters(first.name));
    for (const std::string& then : methods_behind(first)) {
      if (!decides_attention(then)) continue;
      const std::string name = first.name + "+" + then;
      SCOPED_TRACE(name);
      Json params = skipping_parameters(name);
      const Sequence sparse = run(name, params);
      params["then"] = find_method(then).select_everything(resolved(then, params["then"]));
      expect_same(outcome_of(run(name, params)), outcome_of(alone), 0);
      EXPECT_LT(sparse.activity.attention_pair_share(), alone.activity.attention_pair_share());
      int64_t live = prompt.length();
      for (const LayerActivity& layer : sparse.activity.layers) {
        const int64_t updated = layer.attention_updated;
        EXPECT_LE(layer.attention_pairs, updated == live ? causal_pairs(live) : live * updated);
        if (first.name == "spts" && updated < live) {
          EXPECT_EQ(layer.attention_pairs, causal_pairs(updated));
        }
        live = layer.alive_after;
      }
      ++combinations;
    }
  }
  EXPECT_GT(combinations, 60);
}

TEST(Combined, MethodsThatDecideTheSameAreRefusedByNameWithWhatWouldWork) {
  const std::string message = refusal("fastkv+snapkv");
  EXPECT_THAT(message,
              HasSubstr("'fastkv' and 'snapkv' both decide which K/V rows the cache keeps"));
  EXPECT_THAT(message, HasSubstr("after 'fastkv' can stand ffn_skipllm"));
  EXPECT_THAT(message, HasSubstr("and 'snapkv' after full, spts, sliminfer"));
}

TEST(Combined, AMethodOfPrefillBehindThenIsRefusedAndTheOrderThatWorksIsTold) {
  const std::string message = refusal("snapkv+spts");
  EXPECT_THAT(message, HasSubstr("'spts' cannot stand after 'then': it decides which tokens "
                                 "attention updates"));
  EXPECT_THAT(message, HasSubstr("or 'spts' first and 'snapkv' after it"));
  EXPECT_THAT(refusal("spts+sliminfer"), HasSubstr("streamingllm, snapkv, pyramidkv, h2o"));
  EXPECT_THAT(refusal("spts+full"), HasSubstr("decides nothing"));
  EXPECT_THAT(refusal("spts+snapvk"), HasSubstr("did you mean 'snapkv'?"));
}

void make(const std::string& method, const Json& params) {
  find_method(method).make(resolved(method, params), tiny_model(tiny_llama()).config);
}

TEST(Combined, RevivalBeforeACacheThatDropsIsRefusedBeforeTheRunWithTheFix) {
  for (const std::string& then : methods_behind(find_method("lazyllm"))) {
    const std::string method = "lazyllm+" + then;
    Json params = skipping_parameters(method);
    EXPECT_NO_THROW(make(method, params)) << method;
    params["revive"] = true;
    if (!contains(find_method(then).decides, Decision::kCachedRows)) {
      EXPECT_NO_THROW(make(method, params)) << method;
      continue;
    }
    EXPECT_THAT([&] { make(method, params); },
                testing::ThrowsMessage<InputError>(HasSubstr(
                    fmt::format("'lazyllm' brings rows back into the cache while "
                                "decoding, and '{}' drops them from it; set revive: false",
                                then))));
  }
}

TEST(Combined, AManagedCacheBeforeOneThatDropsIsRefusedBeforeTheRunWithTheFix) {
  Json params = skipping_parameters("sliminfer+streamingllm");
  EXPECT_NO_THROW(make("sliminfer+streamingllm", params));
  params["kv_manager"] = true;
  EXPECT_THAT([&] { make("sliminfer+streamingllm", params); },
              testing::ThrowsMessage<InputError>(
                  HasSubstr("'streamingllm' drops them from it; set kv_manager: false")));
}

// Decode steps go on with whatever the two left in the cache.
TEST(Combined, EveryCombinationDecodes) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  for (const MethodEntry& first : all_methods()) {
    for (const std::string& then : methods_behind(first)) {
      const std::string name = first.name + "+" + then;
      const auto method = ready_method(name, skipping_parameters(name), decoder);
      Sequence sequence = decoder.prefill(tiny_prompt(67), *method, {.max_new_tokens = 5});
      const at::Tensor logits = decoder.extend(sequence, std::vector<int32_t>(4, 7));
      EXPECT_TRUE(at::isfinite(logits).all().item<bool>()) << name;
    }
  }
}

TEST(Combined, ParametersOfTheSecondAreItsOwnObject) {
  const MethodEntry both = find_method("sliminfer+snapkv");
  std::vector<ParameterProblem> problems;
  const Json params = both.resolve(
      Json::parse(R"({"prune_layers": [2], "keep": [9], "then": {"keep": 5}})"), problems);
  EXPECT_TRUE(problems.empty());
  EXPECT_EQ(params.at("keep"), Json::parse("[9]"));
  EXPECT_EQ(params.at("then").at("keep"), 5);
  EXPECT_EQ(params.at("then").at("window"), 64);
  EXPECT_EQ(both.select_everything(params).at("then").at("keep"), 1.0);
  EXPECT_EQ(both.describe().back().name, "then.gqa");

  both.resolve(Json::parse(R"({"prune_layers": [2], "keep": [9], "then": {"keeep": 5}})"),
               problems);
  std::vector<std::string> keys;
  for (const ParameterProblem& problem : problems) keys.push_back(problem.key);
  EXPECT_THAT(keys, ElementsAre("then.keep", "then.keeep"));
}

TEST(Combined, OneLearnerSharesItsArtefactAndTwoKeepTheirsApart) {
  const auto key_of = [](const char* name) {
    const auto method = find_method(name).make(resolved(name, skipping_parameters(name)),
                                               tiny_model(tiny_llama()).config);
    return std::pair(std::string(method->learner()), method->artefact_key());
  };
  EXPECT_EQ(key_of("spts+snapkv"), std::pair(std::string("spts"), key_of("spts").second));
  const auto [learner, key] = key_of("spts+ffn_skipllm");
  EXPECT_EQ(learner, "");
  EXPECT_EQ(key.at("spts"), key_of("spts").second);
  EXPECT_EQ(key.at("ffn_skipllm"), key_of("ffn_skipllm").second);
}

}  // namespace
}  // namespace skipbench::test
