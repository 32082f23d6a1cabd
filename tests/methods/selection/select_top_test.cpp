#include "methods/selection/select_top.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <vector>

namespace skipbench {
namespace {

using Ranks = std::vector<int64_t>;

Ranks ranks_of(const TokenRows& rows) {
  const at::Tensor indices = rows.indices(at::kCPU).contiguous();
  return {indices.const_data_ptr<int64_t>(), indices.const_data_ptr<int64_t>() + indices.numel()};
}

Ranks select(const std::vector<float>& scores, int64_t budget, ForcedTokens forced = {}) {
  const auto live = static_cast<int64_t>(scores.size());
  return ranks_of(select_top(at::tensor(scores), budget, live, forced));
}

TEST(SelectTop, TakesTheHighestInAscendingOrder) {
  EXPECT_EQ(select({5, 1, 9, 2, 7, 8}, 3), (Ranks{2, 4, 5}));
}

TEST(SelectTop, TiesGoToTheLowerRank) {
  EXPECT_EQ(select({1, 2, 2, 2, 2, 0}, 3), (Ranks{1, 2, 5}));
  EXPECT_EQ(select({0, 0, 0, 0, 0, 0}, 4), (Ranks{0, 1, 2, 5}));
}

TEST(SelectTop, ForcedTokensTakePlacesInside) {
  EXPECT_EQ(select({0, 3, 9, 8, 0, 0}, 4, {.protect_first = 1, .protect_last = 2}),
            (Ranks{0, 2, 4, 5}));
}

TEST(SelectTop, ForcedTokensComeOnTopInAUnion) {
  const ForcedTokens forced{.protect_first = 1, .protect_last = 2, .force = "union"};
  EXPECT_EQ(select({0, 3, 9, 8, 0, 0}, 2, forced), (Ranks{0, 2, 3, 4, 5}));
  EXPECT_EQ(select({9, 3, 0, 0, 8, 7}, 3, forced), (Ranks{0, 4, 5}));
}

TEST(SelectTop, ABudgetSmallerThanTheForcedGrows) {
  EXPECT_EQ(select({1, 2, 3, 4, 5}, 1, {.protect_first = 2, .protect_last = 2}),
            (Ranks{0, 1, 3, 4}));
}

TEST(SelectTop, MoreForcedTokensThanLivingOnesAreAllOfThem) {
  EXPECT_TRUE(select_top(at::tensor({1.F, 2.F}), 1, 2, {.protect_first = 5, .protect_last = 5})
                  .selects_all());
}

TEST(SelectTop, ABudgetThatReachesTheLivingSelectsAllWithoutScores) {
  for (const char* force : {"inside", "union"}) {
    EXPECT_TRUE(select_top({}, 4, 4, {.force = force}).selects_all());
    EXPECT_TRUE(select_top({}, 99, 4, {.force = force}).selects_all());
  }
}

TEST(SelectTop, ABudgetBelowOneIsTheLastToken) {
  EXPECT_EQ(select({3, 2, 1}, 0), (Ranks{2}));
  EXPECT_EQ(select({3, 2, 1}, -7), (Ranks{2}));
}

TEST(SelectTop, LeavesTheScoresAsTheyWere) {
  const at::Tensor scores = at::tensor({1.F, 2.F, 3.F});
  select_top(scores, 2, 3, {.protect_first = 1});
  EXPECT_TRUE(at::equal(scores, at::tensor({1.F, 2.F, 3.F})));
}

TEST(SelectTop, RandomCasesAreSortedUniqueAndOfTheRightCount) {
  std::mt19937 random(5);
  for (int round = 0; round < 300; ++round) {
    const int live = 1 + static_cast<int>(random() % 40);
    std::vector<float> scores(live);
    for (float& score : scores) score = static_cast<float>(random() % 6);  // many ties
    const int64_t budget = 1 + random() % 40;
    const ForcedTokens forced{.protect_first = static_cast<int64_t>(random() % 4),
                              .protect_last = 1 + static_cast<int64_t>(random() % 4)};
    const Ranks kept = select(scores, budget, forced);
    EXPECT_TRUE(std::is_sorted(kept.begin(), kept.end(), std::less_equal<>()));
    EXPECT_GE(kept.front(), 0);
    EXPECT_EQ(kept.back(), live - 1);
    const int64_t wanted = std::max(budget, forced.protect_first + forced.protect_last);
    EXPECT_EQ(std::ssize(kept), std::min<int64_t>(wanted, live));
  }
}

TEST(SelectWithin, NamesTheRowsOfTheOuterSelection) {
  const TokenRows outer = TokenRows::of(at::tensor({2, 5, 7, 9}, at::kLong), 12);
  const TokenRows inner = TokenRows::of(at::tensor({1, 3}, at::kLong), 4);
  const TokenRows both = select_within(outer, inner, at::kCPU);
  EXPECT_EQ(ranks_of(both), (Ranks{5, 9}));
  EXPECT_EQ(both.live(), 12);
  EXPECT_EQ(ranks_of(select_within(outer, TokenRows::all(4), at::kCPU)), (Ranks{2, 5, 7, 9}));
  EXPECT_EQ(ranks_of(select_within(TokenRows::all(4), inner, at::kCPU)), (Ranks{1, 3}));
}

}  // namespace
}  // namespace skipbench
