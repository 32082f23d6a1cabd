#include "harness/experiment/preset_scaling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/experiment/presets.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

ModelConfig model(int64_t layers, int64_t width, int64_t context = 0) {
  ModelConfig config;
  config.name = "some-model";
  config.layers = layers;
  config.width = width;
  config.context = context;
  return config;
}

Json scaled(const char* method, const ModelConfig& config) {
  return fitting_preset(find_method(method), config).preset.params;
}

// Of every method, those that can be scaled.
template <class Check>
void for_each_published(Check check) {
  int seen = 0;
  for (const MethodEntry& method : all_methods()) {
    for (const Preset& preset : load_presets(method.name)) {
      if (!preset.published || preset.layers == 0) continue;
      check(method, preset);
      ++seen;
    }
  }
  EXPECT_GT(seen, 20);
}

void expect_layers(const Json& params, const Preset& preset, int64_t layers) {
  for (const auto& [name, scale] : preset.scales) {
    if (scale != PresetScale::kLayer && scale != PresetScale::kLayers) continue;
    if (!params.contains(name)) continue;
    const Json list = params[name].is_array() ? params[name] : Json::array({params[name]});
    int64_t before = -1;
    for (const Json& layer : list) {
      EXPECT_GT(layer.get<int64_t>(), before) << name << " on " << layers;
      before = layer.get<int64_t>();
    }
    EXPECT_LT(before, layers) << name;
  }
}

TEST(PresetScaling, IsTheIdentityOnTheOwnShape) {
  for_each_published([](const MethodEntry& method, const Preset& preset) {
    const ModelConfig own = model(preset.layers, preset.width, 131072);
    EXPECT_EQ(scaled_preset(preset, own).params.dump(), preset.params.dump())
        << method.name << " " << preset.name;
  });
}

TEST(PresetScaling, KeepsLayersAscendingInRangeAndValidOnModelsOfAnyDepth) {
  for_each_published([](const MethodEntry& method, const Preset& preset) {
    for (int64_t layers = 2; layers <= 128; ++layers) {
      const ModelConfig config = model(layers, 64 * layers, 4096);
      Json params;
      try {
        params = scaled_preset(preset, config).params;
      } catch (const InputError& error) {
        EXPECT_LE(layers, 6) << error.what();  // fewer than a list names
        continue;
      }
      expect_layers(params, preset, layers);
      std::vector<ParameterProblem> problems;
      method.resolve(params, problems);
      EXPECT_TRUE(problems.empty()) << method.name << " " << preset.name << " on " << layers << ": "
                                    << problems[0].key << " " << problems[0].message;
    }
  });
}

TEST(PresetScaling, GivesWhatIsComputedByHandFromQwen) {
  // 28 to 25 layers, 3584 to 896 in width: 9 -> 8.04; 12, 16, 20, 24 -> 10.7, 14.3, 17.9, 21.4.
  const Json params = scaled_preset(load_presets("spts")[1], model(25, 896, 32768)).params;
  EXPECT_EQ(params.at("full_layers"), 8);
  EXPECT_EQ(params.at("stage_ends"), Json::parse("[11, 14, 18, 21]"));
  EXPECT_EQ(params.at("budgets"), Json::parse("[13312, 10240, 7168, 4096]"));
  EXPECT_EQ(params.at("d_low"), 256);
  EXPECT_EQ(params.at("rank"), 64);
}

TEST(PresetScaling, RoundsWidthsUpToPowersOfTwo) {
  const Json params = scaled_preset(load_presets("spts")[0], model(32, 2048, 32768)).params;
  EXPECT_EQ(params.at("d_low"), 256);
  EXPECT_EQ(params.at("rank"), 128);  // 96
}

TEST(PresetScaling, ScalesTokenCountsDownToAShorterContextAndNeverUp) {
  EXPECT_EQ(scaled("sliminfer", model(31, 4096, 8192)).at("keep"),
            Json::parse("[2048, 1024, 512]"));
  EXPECT_EQ(scaled("sliminfer", model(31, 4096, 1 << 20)).at("keep"),
            Json::parse("[8192, 4096, 2048]"));
  EXPECT_EQ(scaled("sliminfer", model(31, 4096, 2)).at("keep"), Json::parse("[1, 1, 1]"));
  EXPECT_EQ(fitting_preset(find_method("sliminfer"), model(31, 4096, 8192)).note,
            "preset scaled from llama-3.1-8b (32 layers) to 31 layers; token counts x 0.25");
}

TEST(PresetScaling, LeavesSharesOfThePromptAlone) {
  Preset preset = load_presets("fastkv")[2];
  preset.context = 32768;
  EXPECT_EQ(scaled_preset(preset, model(16, 4096, 1024)).params.at("tsp_keep").dump(), "0.2");
}

TEST(PresetScaling, KeepsTheShareOfASetOfLayers) {
  // Half of 32 layers, 15 to 30: of 16 the layers 7 to 14, whose middles lie in the odd ones.
  const Json layers = scaled("tsa", model(16, 2048)).at("layers");
  EXPECT_EQ(layers, Json::parse("[7, 8, 9, 10, 11, 12, 13, 14]"));
  EXPECT_EQ(scaled_preset(load_presets("tsa")[0], model(64, 4096)).params.at("layers").size(), 32u);
}

TEST(PresetScaling, TakesTheNearestPublishedByDepthThenByWidth) {
  const auto nearest = [](const char* method, int64_t layers, int64_t width) {
    const std::vector<Preset> presets = load_presets(method);
    return nearest_preset(presets, model(layers, width))->name;
  };
  EXPECT_EQ(nearest("spts", 24, 896), "openpangu-1b");  // ours for this very shape is no candidate
  EXPECT_EQ(nearest("spts", 80, 8192), "llama-3.1-8b");
  EXPECT_EQ(nearest("pyramidinfer", 80, 4096), "llama-3-70b");
  EXPECT_EQ(nearest("pyramidinfer", 30, 2048), "llama-3-8b");  // of equals the first
  EXPECT_EQ(nearest("minference", 28, 3584), "llama-3.1-8b");  // tables of heads fit no other model
}

TEST(PresetScaling, LetsAPresetOfTheShapeWin) {
  const FittingPreset fitting = fitting_preset(find_method("spts"), model(24, 896, 2048));
  EXPECT_EQ(fitting.preset.name, "qwen2.5-coder-0.5b");
  EXPECT_EQ(fitting.note, "");
}

}  // namespace
}  // namespace skipbench
