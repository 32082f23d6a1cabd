#include "methods/sparse/select_share.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <vector>

namespace skipbench::test {
namespace {

std::vector<int64_t> chosen(const at::Tensor& mask) {
  const at::Tensor ranks = mask.nonzero().squeeze(1);
  return {ranks.const_data_ptr<int64_t>(), ranks.const_data_ptr<int64_t>() + ranks.numel()};
}

at::Tensor flags(const std::vector<int64_t>& values) {
  return at::tensor(values).to(at::kBool);
}

const at::Tensor kScores = at::tensor({0.1F, 0.4F, 0.2F, 0.3F, 0.0F});
const at::Tensor kNone = at::zeros({5}, at::kBool);
using Ranks = std::vector<int64_t>;

TEST(SelectShare, TakesTheFewestThatReachTheShare) {
  EXPECT_EQ(chosen(select_share(kScores, 0.0, kNone)), Ranks{});
  EXPECT_EQ(chosen(select_share(kScores, 0.3, kNone)), Ranks{1});
  EXPECT_EQ(chosen(select_share(kScores, 0.5, kNone)), (Ranks{1, 3}));
  EXPECT_EQ(chosen(select_share(kScores, 0.85, kNone)), (Ranks{1, 2, 3}));
}

TEST(SelectShare, ForcedEntriesComeFirstAndCount) {
  const at::Tensor forced = flags({1, 0, 1, 0, 0});
  EXPECT_EQ(chosen(select_share(kScores, 0.25, forced)), (Ranks{0, 2}));
  EXPECT_EQ(chosen(select_share(kScores, 0.5, forced)), (Ranks{0, 1, 2}));
}

TEST(SelectShare, TakesAtLeastSoManyAndAtMostAll) {
  EXPECT_EQ(chosen(select_share(kScores, 0.3, kNone, 2)), (Ranks{1, 3}));
  EXPECT_EQ(chosen(select_share(kScores, 0.3, flags({0, 0, 0, 0, 1}), 2)), (Ranks{1, 4}));
  EXPECT_EQ(chosen(select_share(kScores, 0.3, kNone, 9)), (Ranks{0, 1, 2, 3, 4}));
}

TEST(SelectShare, TiesGoToTheLowerIndexAndEachRowChoosesByItself) {
  const at::Tensor rows = at::tensor({1.0F, 1.0F, 1.0F, 1.0F, 0.0F, 4.0F}).view({2, 3});
  const at::Tensor mask = select_share(rows, 0.6, at::zeros({3}, at::kBool));
  EXPECT_EQ(chosen(mask[0]), (Ranks{0, 1}));
  EXPECT_EQ(chosen(mask[1]), Ranks{2});
}

}  // namespace
}  // namespace skipbench::test
