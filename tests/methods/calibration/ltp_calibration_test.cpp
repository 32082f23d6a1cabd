#include "methods/calibration/ltp_calibration.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/base/error.h"
#include "kernels/model/decoder.h"
#include "kernels/model/layer_context.h"
#include "kernels/model/work_meter.h"
#include "methods/calibration/ltp_proxy.h"
#include "tests/methods/support/naive_model.h"
#include "tests/methods/support/tiny_model.h"
#include "tests/support/policy_of.h"

namespace skipbench::test {
namespace {

constexpr LtpShape kShape{.d_low = 24, .rank = 8, .top_rho = 0.2};

TEST(LtpCalibration, ImportanceIsTheMeanOfTheTopShareOfTokens) {
  // One channel, inputs of width 1, gate weight 1, up weight 1: z = |silu(x) x|.
  const at::Tensor inputs = at::tensor({1.F, 2.F, -3.F, 0.F, 4.F}).unsqueeze(1);  // [5, 1]
  const at::Tensor gate_up = at::ones({2, 1});
  const auto z = [](double x) { return std::abs(x / (1 + std::exp(-x)) * x); };
  const auto importance = [&](double rho) {
    return channel_importance(inputs, gate_up, rho, [](double) {}).item<double>();
  };
  EXPECT_NEAR(importance(0.2), z(4), 1e-5);
  EXPECT_NEAR(importance(0.59), (z(4) + z(2)) / 2, 1e-5);  // floor(.59 x 5) = 2
  EXPECT_NEAR(importance(0.01), z(4), 1e-5);               // at least one token
  EXPECT_NEAR(importance(1.0), (z(1) + z(2) + z(-3) + z(4)) / 5, 1e-5);
}

TEST(LtpCalibration, ImportanceDoesNotDependOnTheMemoryAllowed) {
  const at::Tensor inputs = at::randn({50, 32});
  const at::Tensor gate_up = at::randn({160, 32});
  EXPECT_TRUE(at::allclose(channel_importance(
                               inputs, gate_up, 0.2, [](double) {}, 1),
                           channel_importance(inputs, gate_up, 0.2, [](double) {}), 1e-5, 1e-6));
}

TEST(LtpCalibration, TheArtefactDoesNotDependOnTheMemoryAllowed) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const Artefact at_once = calibrate_ltp(decoder, tiny_texts(), kShape, [](double) {});
  const Artefact in_groups = calibrate_ltp(
      decoder, tiny_texts(), kShape, [](double) {}, 30000);
  ASSERT_EQ(at_once.tensors.size(), in_groups.tensors.size());
  for (const char* part : {"gate", "up"}) {  // products: singular vectors have no fixed sign
    for (int64_t layer = 0; layer < 8; ++layer) {
      const auto product = [&](const Artefact& artefact) {
        const std::string name = fmt::format("layer{}.{}", layer, part);
        return artefact.tensors.at(name + "_u").matmul(artefact.tensors.at(name + "_v"));
      };
      EXPECT_TRUE(at::allclose(product(at_once), product(in_groups), 1e-4, 1e-5)) << layer;
    }
  }
}

TEST(LtpCalibration, HoldsFiveMatricesOfEveryLayer) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const Artefact artefact = calibrate_ltp(decoder, tiny_texts(), kShape, [](double) {});
  EXPECT_EQ(std::ssize(artefact.tensors), 5 * model.config.layers);
  for (int64_t layer = 0; layer < model.config.layers; ++layer) {
    const auto sizes = [&](std::string_view part) {
      return artefact.tensors.at(ltp_tensor_name(layer, part)).sizes();
    };
    EXPECT_EQ(sizes("gate_u"), (at::IntArrayRef{32, 8}));
    EXPECT_EQ(sizes("up_u"), (at::IntArrayRef{32, 8}));
    EXPECT_EQ(sizes("gate_v"), (at::IntArrayRef{8, 24}));
    EXPECT_EQ(sizes("up_v"), (at::IntArrayRef{8, 24}));
    EXPECT_EQ(sizes("down_u"), (at::IntArrayRef{24, 8}));
  }
}

// Compares predicted and true FFN norms in every layer from `first` on.
class NormChecker : public RunOf<NormChecker> {
 public:
  NormChecker(const LtpProxies& proxies, int64_t first, double tolerance, int& checked)
      : proxies_(proxies), first_(first), tolerance_(tolerance), checked_(checked) {}

  FfnRows ffn(LayerContext& layer) override {
    const TokenRows all = TokenRows::all(layer.live());
    if (layer.layer() < first_) return {all};
    const at::Tensor norms = at::linalg_vector_norm(layer.ffn_output(all), 2, at::IntArrayRef{1});
    EXPECT_TRUE(at::allclose(proxies_.predicted_norms(layer), norms, tolerance_, tolerance_));
    ++checked_;
    return {all};
  }

 private:
  const LtpProxies& proxies_;
  int64_t first_;
  double tolerance_;
  int& checked_;
};

TEST(LtpProxies, WithEveryChannelAndFullRankPredictTheFfnsNormsExactly) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const LtpShape shape{.d_low = model.config.ffn_width, .rank = model.config.width, .top_rho = 0.2};
  const LtpProxies proxies(calibrate_ltp(decoder, tiny_texts(), shape, [](double) {}), 2,
                           model.config.layers, at::kCPU, at::kFloat);
  int checked = 0;
  const PolicyOf policy{NormChecker(proxies, 2, 1e-4, checked)};
  decoder.prefill(tiny_prompt(40), policy);
  EXPECT_EQ(checked, 6);
}

TEST(LtpProxies, AreCountedAsProbing) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const LtpProxies proxies(calibrate_ltp(decoder, tiny_texts(), kShape, [](double) {}), 7,
                           model.config.layers, at::kCPU, at::kFloat);
  int checked = 0;
  const PolicyOf policy{NormChecker(proxies, 7, 1e9, checked)};
  const Sequence sequence = decoder.prefill(tiny_prompt(40), policy);
  // D x 2r, r x 2 d_low, d_low x r; two operations a multiply-add.
  EXPECT_EQ(sequence.work.flops(WorkKind::kProbe), 2 * 40 * (32 * 16 + 8 * 48 + 24 * 8));
}

TEST(LtpProxies, RefuseAnArtefactThatLacksALayer) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  Artefact artefact = calibrate_ltp(decoder, tiny_texts(), kShape, [](double) {});
  artefact.tensors.erase("layer5.up_v");
  EXPECT_THROW(LtpProxies(artefact, 5, 8, at::kCPU, at::kFloat), ContractError);
}

TEST(LtpCalibration, CanBeEndedBeforeEachTextAndEachPartOfALayer) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  int steps = 0;
  calibrate_ltp(decoder, tiny_texts(), kShape, [&](double) { ++steps; });
  EXPECT_EQ(steps, static_cast<int>(tiny_texts().size()) + 8) << "layers of one part each";
  struct Ended {};
  for (int last = 1; last <= steps; ++last) {
    int step = 0;
    const auto end = [&](double) {
      if (++step == last) throw Ended{};
    };
    EXPECT_THROW(calibrate_ltp(decoder, tiny_texts(), kShape, end), Ended);
    EXPECT_EQ(step, last);
  }
}

TEST(LtpCalibration, SaysBeforeEachStepWhichShareOfTheWorkIsDone) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  for (const int64_t memory : {int64_t{30000}, kCalibrationBytes}) {
    std::vector<double> shares;
    calibrate_ltp(
        decoder, tiny_texts(), kShape, [&](double done) { shares.push_back(done); }, memory);
    EXPECT_EQ(shares.front(), 0);
    EXPECT_TRUE(std::is_sorted(shares.begin(), shares.end()));
    // Left before the last step: the last part of a layer's channels, each 4 G D FLOPs.
    int64_t tokens = 0;
    for (const auto& text : tiny_texts()) tokens += static_cast<int64_t>(text.size());
    const int64_t channels = model.config.ffn_width;
    const int64_t part = std::clamp<int64_t>(memory / (12 * tokens), 1, channels);
    const auto left =
        static_cast<double>(4 * tokens * model.config.width * ((channels - 1) % part + 1));
    const double all = ltp_calibration_flops(model.config, at::kFloat, tiny_texts(), memory);
    EXPECT_NEAR((1 - shares.back()) * all, left, 1e-6 * left);
  }
}

// By hand: a pass over all layers at once, or, where memory holds one layer, eight that end one
// layer later each.
TEST(LtpCalibration, CountsAPassForEachGroupOfLayers) {
  const ModelConfig config = tiny_model(tiny_llama()).config;
  const std::vector<std::vector<int32_t>> text{std::vector<int32_t>(40)};
  const auto pass = static_cast<double>(full_prefill_flops(config, 40));
  const auto products = static_cast<double>(8 * 4 * 40 * config.width * config.ffn_width);
  EXPECT_DOUBLE_EQ(ltp_calibration_flops(config, at::kFloat, text), pass + products);
  EXPECT_DOUBLE_EQ(ltp_calibration_flops(config, at::kFloat, text, 40 * config.width * 4),
                   pass * 36 / 8 + products);
}

TEST(LtpCalibration, RefusesTextsWithoutAToken) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const std::vector<std::vector<int32_t>> texts(3);
  EXPECT_THROW(calibrate_ltp(decoder, texts, kShape, [](double) {}), InputError);
}

TEST(LtpParameters, DefaultToASixthAndATwelfthOfTheFfn) {
  ModelConfig config;
  config.width = 4096;
  config.ffn_width = 14336;
  LtpShape shape = LtpParameters{}.shape_for(config);
  EXPECT_EQ(shape.d_low, 2368);  // 2389 rounded to a multiple of 64
  EXPECT_EQ(shape.rank, 1184);   // 1195 rounded to a multiple of 32
  config.width = 576;
  config.ffn_width = 1536;
  shape = LtpParameters{}.shape_for(config);
  EXPECT_EQ(shape.d_low, 256);
  EXPECT_EQ(shape.rank, 128);
  config.ffn_width = 60;  // smaller than one multiple
  shape = LtpParameters{}.shape_for(config);
  EXPECT_EQ(shape.d_low, 60);
  EXPECT_EQ(shape.rank, 32);
}

}  // namespace
}  // namespace skipbench::test
