#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "kernels/base/error.h"
#include "kernels/model/decoder.h"
#include "kernels/model/layer_context.h"
#include "kernels/ops/device/contract.h"
#include "tests/support/policy_of.h"
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
template <class RunType>
std::string refusal(RunType run = {}, const Needs& needs = {}) {
  const Model model = test::tiny_model(test::tiny_config());
  Decoder decoder(model);
  const test::PolicyOf policy(std::move(run), needs);
  try {
    Sequence sequence = decoder.prefill(test::tiny_prompt(model.config, kTokens), policy);
    const std::vector<int32_t> reply = {3, 1};
    decoder.extend(sequence, reply);
  } catch (const ContractError& error) {
    return error.what();
  }
  return "";
}

// The FFN runs for the rows of a list.
struct FfnOf : RunOf<FfnOf> {
  std::vector<int64_t> list;
  explicit FfnOf(std::vector<int64_t> rows) : list(std::move(rows)) {}
  FfnRows ffn(LayerContext& layer) override {
    return {TokenRows::of(at::tensor(at::ArrayRef<int64_t>(list)), layer.live())};
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

struct DropsLastAt : RunOf<DropsLastAt> {
  Point drops_at;
  explicit DropsLastAt(Point dropping_at) : drops_at(dropping_at) {}
  TokenRows lives(LayerContext& layer, Point point) override {
    return point == drops_at ? all_but_last(layer.live()) : TokenRows::all(layer.live());
  }
};

struct DropsAll : RunOf<DropsAll> {
  TokenRows lives(LayerContext& layer, Point point) override {
    return point == Point::kAfterLayer ? TokenRows::none(layer.live())
                                       : TokenRows::all(layer.live());
  }
};

// As GemFilter's authors do: the reply then begins after another token.
struct StartsWithoutLast : RunOf<StartsWithoutLast> {
  std::optional<TokenRows> start(LayerContext& layer) override {
    return all_but_last(layer.live());
  }
};

struct StartsOnNone : RunOf<StartsOnNone> {
  std::optional<TokenRows> start(LayerContext& layer) override {
    return TokenRows::none(layer.live());
  }
};

struct ForgetsNewToken : RunOf<ForgetsNewToken> {
  TokenRows lives(LayerContext& layer, Point) override {
    return layer.in_step() ? all_but_last(layer.live()) : TokenRows::all(layer.live());
  }
};

const Needs kRevives = {.steps = Steps::kWhole, .revival = true};

TEST(Contract, TheLastTokenStaysAlive) {
  for (const Point point : {Point::kAfterAttention, Point::kAfterLayer}) {
    EXPECT_THAT(refusal(DropsLastAt(point)), HasSubstr("lives: the last token"));
  }
  EXPECT_THAT(refusal<DropsAll>(), HasSubstr("lives: no token is left"));
  EXPECT_EQ(refusal<StartsWithoutLast>(), "");
  EXPECT_THAT(refusal<StartsOnNone>(), HasSubstr("start: "));
  EXPECT_THAT(refusal(ForgetsNewToken(), kRevives), HasSubstr("lives: the last token"));
}

struct AsksUnseen : RunOf<AsksUnseen> {
  Reads reads(LayerContext& layer) override {
    return {.asks = rows({0, 4, 11}, layer.live()), .sees = rows({0, 5, 11}, layer.live())};
  }
};

TEST(Contract, VisibleRowsHoldThoseThatAsk) {
  EXPECT_THAT(refusal<AsksUnseen>(), HasSubstr("reads: 1 of 3 rows are not visible"));
}

// In a step the new token asks; in the prompt everyone does.
struct ReadsInSteps : RunOf<ReadsInSteps> {
  explicit ReadsInSteps(TokenRows (*rows)(int64_t live)) : rows_of(rows) {}
  Reads reads(LayerContext& layer) override {
    return layer.in_step() ? Reads::of(rows_of(layer.live())) : Reads::all(layer.live());
  }
  TokenRows (*rows_of)(int64_t live);
};

TEST(Contract, ANewTokenSeesItself) {
  const Needs whole = {.steps = Steps::kWhole};
  const auto last_alone = [](int64_t live) { return rows({live - 1}, live); };
  EXPECT_EQ(refusal(ReadsInSteps(last_alone), whole), "");
  EXPECT_THAT(refusal(ReadsInSteps(all_but_last), whole),
              HasSubstr("reads: the last token, 12, is not among the rows"));
  EXPECT_THAT(refusal(ReadsInSteps(TokenRows::none), whole), HasSubstr("reads: no token is left"));
}

// Half the prompt ends in layer 1; behind it a step brings all but one token back.
struct BringsBack : RunOf<BringsBack> {
  bool selects;
  explicit BringsBack(bool selects_too) : selects(selects_too) {}
  TokenRows lives(LayerContext& layer, Point point) override {
    const int64_t live = layer.live();
    if (layer.layer() != 1 || point != Point::kAfterLayer) return TokenRows::all(live);
    return TokenRows::of(layer.in_step() ? at::arange(1, live) : at::arange(1, live, 2), live);
  }
  Reads reads(LayerContext& layer) override {
    const int64_t live = layer.live();
    if (!selects || !layer.in_step() || layer.layer() != 2) return Reads::all(live);
    return Reads::of(TokenRows::of(at::arange(1, live), live));
  }
};

TEST(Contract, AStepThatBringsTokensBackReadsAllThatItSees) {
  EXPECT_EQ(refusal(BringsBack(false), kRevives), "");
  EXPECT_THAT(refusal(BringsBack(true), kRevives),
              HasSubstr("reads: a step that brings tokens back reads all that it sees"));
}

// Caches one list for all heads, or a list a head, of a layer that sees a part.
struct Caches : RunOf<Caches> {
  Keeps kept;
  explicit Caches(Keeps answer) : kept(std::move(answer)) {}
  Reads reads(LayerContext& layer) override { return Reads::of(rows({0, 4, 5, 11}, layer.live())); }
  Keeps keeps(LayerContext&) override { return kept; }
};

TEST(Contract, CachedRowsWereVisibleAndAscendInEachHead) {
  EXPECT_EQ(refusal(Caches({.rows = rows({4, 11}, kTokens)})), "");
  EXPECT_THAT(refusal(Caches({.rows = rows({3, 11}, kTokens)})),
              HasSubstr("keeps: 1 of 2 rows are not visible"));
  const auto per_head = [](std::initializer_list<int64_t> list) {
    return Caches({.per_head = ranks(list).view({2, 2})});
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
