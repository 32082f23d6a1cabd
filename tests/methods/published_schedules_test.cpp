#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "harness/experiment/experiment.h"
#include "methods/selection/stages.h"
#include "tests/methods/support/outcome.h"
#include "tests/methods/support/tiny_model.h"

namespace skipbench::test {
namespace {

Preset preset(std::string_view method, std::string_view name) {
  for (const Preset& preset : load_presets(method)) {
    if (preset.name == name) return preset;
  }
  throw std::out_of_range("no such preset");
}

struct Counted {
  Activity activity;
  int64_t kv_bytes;
};

// The preset at 1 / `scale` of its token counts, on a tiny model as deep as the real one: the same
// shares of tokens in every layer as the real prompt of `scale` times the length. It has the 8 KV
// heads of LLaMA-3.1-8B, of size 8 and not 128, in fp32 and not bf16.
Counted scaled(std::string_view method, std::string_view name, int64_t prompt_length,
               int64_t scale) {
  const Preset published = preset(method, name);
  Json params = published.params;
  for (const char* key : {"budgets", "keep"}) {
    if (!params.contains(key)) continue;
    for (Json& tokens : params[key]) {
      if (tokens.is_number_integer()) tokens = tokens.get<int64_t>() / scale;
    }
  }
  if (params.contains("prune_step") && params["prune_step"].is_number_integer()) {
    params["prune_step"] = params["prune_step"].get<int64_t>() / scale;
  }
  if (method == "spts") params["ltp"] = false;  // the cache does not depend on it
  if (method == "sliminfer" && scale == 64) params.update(Json{{"block", 1}, {"unit", 1}});
  const TinyShape shape = {
      .name = "AsDeep", .query_heads = 8, .kv_heads = 8, .layers = published.layers};
  const Model model = tiny_model(shape);
  Decoder decoder(model);
  const auto ready = ready_method(method, params, decoder);
  const Sequence sequence = decoder.prefill(tiny_prompt(prompt_length / scale), *ready);
  return {sequence.activity, sequence.cache.bytes_in_use()};
}

Activity scaled_run(std::string_view method, std::string_view name, int64_t prompt_length,
                    int64_t scale) {
  return scaled(method, name, prompt_length, scale).activity;
}

// What the core counted, in the GiB of the real model and prompt.
double real_gib(const Counted& run, int64_t scale) {
  const int64_t real_bytes = run.kv_bytes * scale * (128 / 8) * 2 / 4;
  return static_cast<double>(real_bytes) / static_cast<double>(int64_t{1} << 30);
}

TEST(PublishedSchedules, SptsOnLlamaKeepsThePapersShareOfTheCacheAt32K) {
  // Published: 16 -> 6.63 GB, a ratio of .414.
  const Counted run = scaled("spts", "llama-3.1-8b", 32768, 64);
  EXPECT_NEAR(run.activity.kv_share(), 0.414, 5e-4);
  EXPECT_NEAR(real_gib(run, 64) / 4, 0.414, 5e-4);  // 32768 tokens of 128 KiB are 4 GiB
}

TEST(PublishedSchedules, SptsOnLlamaCountedInFullKeepsTheSameShare) {
  const Json params = preset("spts", "llama-3.1-8b").params;
  std::vector<ParameterProblem> problems;
  Json stage_params = params;
  for (const char* key : {"d_low", "rank"}) stage_params.erase(key);
  const auto stages = read_parameters<StageParameters>(stage_params, problems);
  ASSERT_TRUE(problems.empty());
  const StageSchedule schedule(stages, Shrink::kBudget);
  constexpr int64_t kPrompt = 32768;
  int64_t live = kPrompt, cached = 0;
  for (int64_t layer = 0; layer < 32; ++layer) {
    cached += std::min(schedule.budget(layer, kPrompt), live);
    live = std::min(live, schedule.keep_after(layer, kPrompt, live).value_or(live));
  }
  EXPECT_EQ(cached, 434176);  // of 32 x 32768 = 1048576
}

TEST(PublishedSchedules, SlimInferOnLlamaKeepsThePapersCacheAtEveryLength) {
  // Published, in GB of 2^30 bytes: .80, 1.11, 1.42, 1.73 at 8, 16, 24 and 32K.
  const std::vector<double> published = {0.80, 1.11, 1.42, 1.73};
  for (size_t i = 0; i < published.size(); ++i) {
    const auto prompt = static_cast<int64_t>(8192 * (i + 1));
    for (const char* name : {"llama-3.1-8b", "llama-3.1-8b-literal"}) {
      const Counted run = scaled("sliminfer", name, prompt, 64);
      EXPECT_NEAR(real_gib(run, 64), published[i], 0.005) << name << " " << prompt;
    }
  }
}

// The runs of FastKV's first version have fixed counts and average pooling, those of its revision
// shares and maximum pooling.
TEST(PublishedSchedules, FastKvPoolsAsTheVersionOfItsSettingsDoes) {
  for (const Preset& preset : load_presets("fastkv")) {
    const Json params = resolved("fastkv", preset.params);
    EXPECT_EQ(params.at("pooling"), params.at("kv_keep").is_number_integer() ? "avg" : "max")
        << preset.name;
  }
}

TEST(PublishedSchedules, PyramidInfersAuthorsAndItsPortDifferWhereTheContextIsShort) {
  for (const Preset& preset : load_presets("pyramidinfer")) {
    EXPECT_EQ(resolved("pyramidinfer", preset.params).at("short_context"),
              preset.name.starts_with("cache-") ? "minimum" : "whole")
        << preset.name;
  }
}

TEST(PublishedSchedules, SmallModelPresetsKeepTheSharesTheySay) {
  EXPECT_NEAR(scaled_run("spts", "smollm2-135m", 400, 1).attention_share(), 0.70, 0.005);
  EXPECT_NEAR(scaled_run("spts", "smollm2-135m-late", 400, 1).attention_share(), 0.72, 0.005);
}

TEST(PublishedSchedules, TheSmallPresetDoesWhatTheLargeOneDoesAt8K) {
  // Tokens alive after each stage, as shares: 8K of 8K, then 6K, 3K and 1K.
  const Activity large = scaled_run("spts", "llama-3.1-8b", 8192, 16);
  const Activity small = scaled_run("spts", "smollm2-135m", 512, 1);
  const auto alive_at_end = [](const Activity& activity, int64_t layer) {
    return activity.layers[layer].alive_after;
  };
  EXPECT_EQ(alive_at_end(small, 17), alive_at_end(large, 18));
  EXPECT_EQ(alive_at_end(small, 21), alive_at_end(large, 23));
  EXPECT_EQ(alive_at_end(small, 26), alive_at_end(large, 28));
}

// Published: how many heads of a table have which pair, in the order (30, 800), (100, 750),
// (100, 800), (500, 700), (3500, 100), (1000, 6096).
TEST(PublishedSchedules, MInferenceTablesHoldThePublishedNumberOfHeadsAPair) {
  const std::vector<std::pair<std::string, std::vector<int64_t>>> published = {
      {"llama-3.1-8b-sep24", {175, 4, 297, 120, 149, 279}},
      {"llama-3.1-8b-jul24", {202, 0, 319, 149, 136, 218}},
      {"qwen2.5-7b", {91, 6, 24, 50, 202, 411}},
      {"qwen2-7b", {128, 0, 40, 15, 36, 565}},
      {"llama-3-8b-262k", {278, 0, 153, 31, 89, 473}}};
  for (const auto& [name, counts] : published) {
    const Preset table = preset("minference", name);
    EXPECT_EQ(table.params.at("pairs"), Json::parse("[[30, 800], [100, 750], [100, 800], "
                                                    "[500, 700], [3500, 100], [1000, 6096]]"));
    std::vector<int64_t> heads(counts.size(), 0);
    for (const std::string& layer : table.params.at("heads").get<std::vector<std::string>>()) {
      for (const char letter : layer) ++heads.at(letter - 'a');
    }
    EXPECT_EQ(heads, counts) << name;
    EXPECT_EQ(std::ssize(table.params.at("heads")), table.layers) << name;
  }
}

TEST(PublishedSchedules, ControlsRunOnTheSchedulesOfSpts) {
  const auto controls = load_presets("ffn_control"), spts = load_presets("spts");
  ASSERT_EQ(controls.size(), spts.size());
  for (size_t i = 0; i < spts.size(); ++i) {
    EXPECT_EQ(controls[i].name, spts[i].name);
    EXPECT_EQ(controls[i].params, spts[i].params) << spts[i].name;
  }
}

}  // namespace
}  // namespace skipbench::test
