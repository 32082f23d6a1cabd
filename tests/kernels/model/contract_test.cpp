#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "kernels/base/error.h"
#include "kernels/model/decode/step_context.h"
#include "kernels/model/decoder.h"
#include "kernels/model/prefill/layer_context.h"
#include "kernels/ops/device/contract.h"
#include "tests/support/tiny_model.h"

namespace skipbench {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kTokens = 12;

at::Tensor ranks(std::initializer_list<int64_t> list) {
  return at::tensor(at::ArrayRef<int64_t>(list.begin(), list.size()));
}

TokenRows rows(std::initializer_list<int64_t> list, int64_t live) {
  return TokenRows::of(ranks(list), live);
}

TokenRows all_but_last(int64_t live) {
  return TokenRows::of(at::arange(live - 1), live);
}

// What the core says of a method's answers.
template <class Hooks>
std::string refusal(Hooks hooks = {}) {
  const Model model = test::tiny_model(test::tiny_config());
  Decoder decoder(model);
  try {
    Sequence sequence = decoder.prefill(test::tiny_prompt(model.config, kTokens), hooks);
    const std::vector<int32_t> reply = {3, 1};
    decoder.extend(sequence, reply);
  } catch (const ContractError& error) {
    return error.what();
  }
  return "";
}

// The FFN runs for the rows of a list.
struct FfnOf : LayerHooks {
  std::vector<int64_t> list;
  explicit FfnOf(std::vector<int64_t> ffn) : list(std::move(ffn)) {}
  TokenRows ffn_rows(LayerContext& context) override {
    return TokenRows::of(at::tensor(at::ArrayRef<int64_t>(list)), context.live());
  }
};

TEST(Contract, RowsAscendAreUniqueAndInRange) {
  EXPECT_EQ(refusal(FfnOf({0, 3, 11})), "");
  EXPECT_EQ(refusal(FfnOf({5})), "");
  EXPECT_THAT(refusal(FfnOf({3, 0, 11})), HasSubstr("not ascending and unique"));
  EXPECT_THAT(refusal(FfnOf({0, 3, 3})), HasSubstr("not ascending and unique"));
  EXPECT_THAT(refusal(FfnOf({-1, 3})), HasSubstr("rows from -1 to 3 of 12 tokens"));
  EXPECT_THAT(refusal(FfnOf({0, 12})), HasSubstr("rows from 0 to 12 of 12 tokens"));
}

struct DropsLastBeforeFfn : LayerHooks {
  TokenRows keep_before_ffn(LayerContext& context) override { return all_but_last(context.live()); }
};

struct DropsLastAfterLayer : LayerHooks {
  TokenRows keep_after_layer(LayerContext& context) override {
    return all_but_last(context.live());
  }
};

struct DropsAll : LayerHooks {
  TokenRows keep_after_layer(LayerContext& context) override {
    return TokenRows::none(context.live());
  }
};

// As GemFilter's authors do: the reply then begins after another token.
struct RestartsWithoutLast : LayerHooks {
  std::optional<TokenRows> restart(LayerContext& context) override {
    return all_but_last(context.live());
  }
};

struct RestartsOnNone : LayerHooks {
  std::optional<TokenRows> restart(LayerContext& context) override {
    return TokenRows::none(context.live());
  }
};

struct ForgetsNewToken : LayerHooks {
  bool revives() const override { return true; }
  bool plans_decode() const override { return true; }
  TokenRows keep_in_step(StepContext& context) override { return all_but_last(context.seen()); }
};

TEST(Contract, TheLastTokenStaysAlive) {
  EXPECT_THAT(refusal<DropsLastBeforeFfn>(), HasSubstr("keep_before_ffn: the last token"));
  EXPECT_THAT(refusal<DropsLastAfterLayer>(), HasSubstr("keep_after_layer: the last token"));
  EXPECT_THAT(refusal<DropsAll>(), HasSubstr("keep_after_layer: no token is left"));
  EXPECT_EQ(refusal<RestartsWithoutLast>(), "");
  EXPECT_THAT(refusal<RestartsOnNone>(), HasSubstr("restart: "));
  EXPECT_THAT(refusal<ForgetsNewToken>(), HasSubstr("keep_in_step: the last token"));
}

struct AsksUnseen : LayerHooks {
  AttentionRows attention_rows(LayerContext& context) override {
    return {.updated = rows({0, 4, 11}, context.live()),
            .visible = rows({0, 5, 11}, context.live())};
  }
};

TEST(Contract, VisibleRowsHoldTheUpdatedOnes) {
  EXPECT_THAT(refusal<AsksUnseen>(), HasSubstr("attention_rows: 1 of 3 rows are not visible"));
}

// Caches one list for all heads, or a list a head, of a layer that sees a part.
struct Caches : LayerHooks {
  CachedRows cached;
  explicit Caches(CachedRows answer) : cached(std::move(answer)) {}
  AttentionRows attention_rows(LayerContext& context) override {
    const TokenRows seen = rows({0, 4, 5, 11}, context.live());
    return {.updated = seen, .visible = seen};
  }
  CachedRows cached_rows(LayerContext&, const AttentionRows&) override { return cached; }
};

TEST(Contract, CachedRowsWereVisibleAndAscendInEachHead) {
  EXPECT_EQ(refusal(Caches({rows({4, 11}, kTokens), {}})), "");
  EXPECT_THAT(refusal(Caches({rows({3, 11}, kTokens), {}})),
              HasSubstr("cached_rows: 1 of 2 rows are not visible"));
  const auto per_head = [](std::initializer_list<int64_t> list) {
    return Caches({std::nullopt, ranks(list).view({2, 2})});
  };
  EXPECT_EQ(refusal(per_head({0, 11, 4, 5})), "");
  EXPECT_THAT(refusal(per_head({0, 11, 5, 4})), HasSubstr("not ascending and unique"));
  EXPECT_THAT(refusal(per_head({0, 11, 4, 6})), HasSubstr("1 of 4 rows are not visible"));
  EXPECT_THAT(refusal(per_head({0, 11, 4, 12})), HasSubstr("rows from 0 to 12 of 12 tokens"));
}

TEST(Contract, IsLookedAtOnAGpuWhileAskedFor) {
  const at::Device gpu(at::kCUDA, 0);
  EXPECT_TRUE(ContractChecks::look_at(at::kCPU));
  EXPECT_FALSE(ContractChecks::look_at(gpu));
  {
    const ContractChecks outer;
    { const ContractChecks inner; }
    EXPECT_TRUE(ContractChecks::look_at(gpu));
  }
  EXPECT_FALSE(ContractChecks::look_at(gpu));
}

}  // namespace
}  // namespace skipbench
