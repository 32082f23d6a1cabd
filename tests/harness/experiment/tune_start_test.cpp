#include "harness/experiment/tune_start.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

using testing::HasSubstr;

ModelConfig model() {
  ModelConfig config;
  config.name = "some-model";
  config.layers = 31;
  config.width = 4096;
  return config;
}

TuneStart start_of(const std::string& method, const Json& params = Json::object(),
                   const std::string& over = "") {
  return tune_start({.label = "", .method = method, .preset = "", .overrides = params}, over,
                    model());
}

std::string error_of(const std::string& method, const std::string& over = "") {
  try {
    start_of(method, Json::object(), over);
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

TEST(TuneStart, TurnsCountsIntoSharesAndLeavesStepsOut) {
  const TuneStart start = start_of("spts");
  EXPECT_EQ(start.parameter, "budgets");
  EXPECT_EQ(start.method.preset, "");
  EXPECT_EQ(start.method.overrides.at("budgets").dump(),
            Json::array({1.0, 7168.0 / 9216, 4096.0 / 9216, 2048.0 / 9216}).dump());
  EXPECT_EQ(start.method.overrides.at("prune_step"), 0);
  EXPECT_EQ(start.method.overrides.at("full_layers"), 10);
  EXPECT_EQ(start.preset_note, "preset scaled from llama-3.1-8b (32 layers) to 31 layers");
}

TEST(TuneStart, KeepsWhatTheUserGave) {
  const TuneStart start = start_of("spts", {{"prune_step", 64}, {"ltp", false}});
  EXPECT_EQ(start.method.overrides.at("prune_step"), 64);
  EXPECT_EQ(start.method.overrides.at("ltp"), false);
}

TEST(TuneStart, NeedsNoPresetWhereTheMethodHasNone) {
  const TuneStart start = start_of("h2o", {{"keep", 0.5}});
  EXPECT_EQ(start.parameter, "keep");
  EXPECT_EQ(start.method.overrides, Json({{"keep", 0.5}}));
}

TEST(TuneStart, SaysWhatCanBeScaled) {
  EXPECT_THAT(error_of("ftp_ffn"), HasSubstr("has no budget to scale; name what to scale with "
                                             "--over: eta"));
  EXPECT_EQ(error_of("ftp_ffn", "eta"), "");
  EXPECT_THAT(error_of("spts", "budget"), HasSubstr("did you mean 'budgets'?"));
  EXPECT_THAT(error_of("spts+snapkv"), HasSubstr("one method at a time is tuned"));
}

}  // namespace
}  // namespace skipbench
