#include "kernels/model/rope.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "kernels/base/error.h"
#include "tests/support/tiny_model.h"

namespace skipbench {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;
using Kind = RopeScaling::Kind;

// Logits under every kind of scaling are compared with transformers in
// tests/parity/hf_checkpoints.py.

/// Head size 64, base 10000, 4096 positions at first.
ModelConfig config_of(RopeScaling scaling) {
  ModelConfig config = test::tiny_config();
  config.head_size = 64;
  config.rope_scaling = std::move(scaling);
  return config;
}

double frequency(const ModelConfig& config, int64_t pair, int64_t length = 0) {
  return rope_frequencies(config, length, at::kCPU)[pair].item<double>();
}

double plain(int64_t pair, double base = 10000) {
  return std::pow(base, -2.0 * static_cast<double>(pair) / 64);
}

void expect_near_share(double got, double expected) {
  EXPECT_NEAR(got / expected, 1.0, 1e-5);
}

TEST(Rope, LinearScalingDividesEveryFrequency) {
  const ModelConfig config = config_of({.kind = Kind::kLinear, .factor = 4});
  for (const int64_t pair : {0, 7, 31}) {
    expect_near_share(frequency(config, pair), plain(pair) / 4);
  }
}

TEST(Rope, DynamicScalingBeginsBeyondTheOriginalContext) {
  const ModelConfig config =
      config_of({.kind = Kind::kDynamic, .factor = 2, .original_context = 4096});
  expect_near_share(frequency(config, 9, 100), plain(9));
  expect_near_share(frequency(config, 9, 4096), plain(9));
  // Twice the context: the base grows (2 * 2 - 1)^(64 / 62) times.
  expect_near_share(frequency(config, 9, 8192), plain(9, 10000 * std::pow(3.0, 64.0 / 62)));
}

at::Tensor cosines(const RopeTable& table, const at::Tensor& positions) {
  return table.tables().cosine.index_select(0, positions);
}

TEST(Rope, ATableOfDynamicScalingComesBackAfterAShorterPrompt) {
  const ModelConfig config =
      config_of({.kind = Kind::kDynamic, .factor = 2, .original_context = 256});
  const at::Tensor positions = at::arange(0, 200, at::kLong);
  RopeTable table(config, at::kCPU);
  table.reserve(200);
  const at::Tensor before = cosines(table, positions);
  table.reserve(2000);
  EXPECT_FALSE(at::equal(cosines(table, positions), before));
  table.reserve(200);
  EXPECT_TRUE(at::equal(cosines(table, positions), before));
}

TEST(Rope, YarnLeavesFastPairsAndDividesSlowOnes) {
  const ModelConfig config =
      config_of({.kind = Kind::kYarn, .factor = 8, .original_context = 4096});
  // 32 rotations over 4096 positions: pair 10.47, rounded down to 10; one rotation: 22.51, up
  // to 23.
  expect_near_share(frequency(config, 10), plain(10));
  expect_near_share(frequency(config, 23), plain(23) / 8);
  const double kept = 1 - (15.0 - 10) / (23 - 10);
  expect_near_share(frequency(config, 15), plain(15) * (kept + (1 - kept) / 8));
}

TEST(Rope, YarnsAttentionFactorMultipliesCosinesAndSines) {
  EXPECT_NEAR(yarn_attention_factor(8, 0, 0), 0.1 * std::log(8.0) + 1, 1e-12);
  EXPECT_NEAR(yarn_attention_factor(40, 0.707, 0.707), 1.0, 1e-12);
  EXPECT_EQ(yarn_attention_factor(1, 0, 0), 1.0);
  RopeScaling scaling{.kind = Kind::kYarn, .factor = 8, .original_context = 4096};
  scaling.attention_factor = 1.25;
  const RopeTable table(config_of(scaling), at::kCPU);
  EXPECT_EQ(table.tables().cosine[0][0].item<float>(), 1.25F);
}

TEST(Rope, Llama3ScalingGoesByWavelength) {
  const RopeScaling scaling{.kind = Kind::kLlama3, .factor = 8, .original_context = 8192};
  const ModelConfig config = config_of(scaling);
  // Wavelengths 2 pi 10000^(2 pair / 64): below 8192 / 4 kept, above 8192 divided, between blended.
  expect_near_share(frequency(config, 10), plain(10));  // wavelength 112
  expect_near_share(frequency(config, 30), plain(30) / 8);
  const double wavelength = 2 * std::numbers::pi / plain(22);  // 3534
  const double blend = (8192 / wavelength - 1) / (4 - 1);
  expect_near_share(frequency(config, 22), plain(22) * (blend + (1 - blend) / 8));
}

TEST(Rope, DivisorsDivideEachPair) {
  RopeScaling scaling{.kind = Kind::kDivisors};
  scaling.divisors.assign(32, 1.0F);
  scaling.divisors[5] = 8.0F;
  const ModelConfig config = config_of(scaling);
  expect_near_share(frequency(config, 4), plain(4));
  expect_near_share(frequency(config, 5), plain(5) / 8);
}

TEST(RopeScaling, RefusesNumbersThatCannotBe) {
  const auto refused = [](RopeScaling scaling) {
    return [scaling] { config_of(scaling).validate("model"); };
  };
  EXPECT_THAT(refused({.kind = Kind::kLinear, .factor = 0.5}),
              ThrowsMessage<InputError>(HasSubstr("factor is 0.5")));
  EXPECT_THAT(refused({.kind = Kind::kLinear, .factor = NAN}),
              ThrowsMessage<InputError>(HasSubstr("factor is nan")));
  EXPECT_THAT(refused({.kind = Kind::kDynamic, .factor = 2}),
              ThrowsMessage<InputError>(HasSubstr("the original context is missing")));
  RopeScaling band{.kind = Kind::kLlama3, .factor = 8, .original_context = 8192};
  band.high_frequency = band.low_frequency;
  EXPECT_THAT(refused(band),
              ThrowsMessage<InputError>(HasSubstr("low_freq_factor 1 is not below")));
  EXPECT_THAT(refused({.kind = Kind::kDivisors}),
              ThrowsMessage<InputError>(HasSubstr("0 divisors for 32 pairs")));
}

}  // namespace
}  // namespace skipbench
