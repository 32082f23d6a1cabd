#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "harness/measure/self_check.h"
#include "kernels/model/layer_context.h"
#include "methods/interface/registry.h"
#include "tests/support/policy_of.h"
#include "tests/support/tiny_model.h"
#include "tests/support/to_device.h"

namespace skipbench {
namespace {

using ::testing::HasSubstr;

const at::Device kSelfCheckGpu(at::kCUDA, 0);

// Scales what the last layer hands on: every count is right, each logit is off by the same share.
template <int kPerMille>
struct Scaled : RunOf<Scaled<kPerMille>> {
  TokenRows lives(LayerContext& layer, Point point) override {
    if (point == Point::kAfterLayer && layer.layer() + 1 == layer.config().layers) {
      layer.hidden().narrow(1, 0, 1).mul_(1 + kPerMille / 1000.0);
    }
    return TokenRows::all(layer.live());
  }
};

// Answers with rows that break the contract, where a timed run on a GPU does not look.
struct OutOfOrder : RunOf<OutOfOrder> {
  FfnRows ffn(LayerContext& layer) override {
    const auto options = at::TensorOptions(at::kLong).device(layer.device());
    return {TokenRows::of(at::arange(layer.live() - 1, -1, -1, options), layer.live())};
  }
};

template <class RunType>
MethodEntry entry_of(const std::string& name) {
  MethodEntry entry = find_method("full");
  entry.name = name;
  entry.make = [](const Json&, const ModelConfig&) -> std::unique_ptr<Method> {
    return std::make_unique<test::PolicyOf<RunType, Method>>();
  };
  return entry;
}

class CudaSelfCheck : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!at::hasCUDA()) GTEST_SKIP() << "no CUDA device on this machine";
    use_model_of(1);  // of one layer, whose roundings stay small
  }

  void use_model_of(int64_t layers, at::ScalarType dtype = at::kBFloat16) {
    ModelConfig config = test::tiny_config(4, /*bias=*/false, layers);
    config.width = 256;  // wide enough for the kernels
    config.ffn_width = 512;
    config.head_size = 64;
    model_ = test::to_device(test::tiny_model(config), kSelfCheckGpu, dtype);
    decoder_ = std::make_unique<Decoder>(model_);
    check_ = std::make_unique<SelfCheck>(*decoder_, [] {});
  }

  template <class RunType>
  std::string check() {
    return check_->run({entry_of<RunType>("method"), Json::object()}, [] {});
  }

  Model model_;
  std::unique_ptr<Decoder> decoder_;
  std::unique_ptr<SelfCheck> check_;
};

TEST_F(CudaSelfCheck, FindsSumsThatAreOffByLessThanAHundredthOfTheLargestLogit) {
  use_model_of(1, at::kHalf);
  const Everything full;
  const Prompt prompt = test::tiny_prompt(model_.config, 160);
  const at::Tensor right = decoder_->prefill(prompt, full).logits;
  const test::PolicyOf<Scaled<40>> scaled;
  const at::Tensor wrong = decoder_->prefill(prompt, scaled).logits;
  const double share = ((wrong - right).abs().max() / right.abs().max()).item<double>();
  ASSERT_LT(share, 0.01) << "which was allowed before";
  EXPECT_THAT(check<Scaled<40>>(), HasSubstr("the first-token logits differ")) << share;
}

TEST_F(CudaSelfCheck, LooksAtWhatAMethodAnswers) {
  EXPECT_THROW(check<OutOfOrder>(), ContractError);
  const test::PolicyOf<OutOfOrder> policy;
  EXPECT_NO_THROW(decoder_->prefill(test::tiny_prompt(model_.config, 160), policy))
      << "a timed run does not wait for a look";
}

TEST_F(CudaSelfCheck, PassesEveryMethodThatLearnsNothing) {
  use_model_of(24);  // the methods' own defaults fit it
  for (const MethodEntry& entry : all_methods()) {
    std::vector<ParameterProblem> problems;
    const Json params = entry.resolve(Json::object(), problems);
    if (!problems.empty()) continue;
    if (!entry.make(params, model_.config)->artefact_key().is_null()) continue;
    EXPECT_EQ(check_->run({entry, params}, [] {}), "") << entry.name;
  }
}

}  // namespace
}  // namespace skipbench
