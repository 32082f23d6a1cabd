#include "harness/tasks/sampling.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>

namespace skipbench {
namespace {

std::vector<uint64_t> draws(SampleRandom random, size_t count) {
  std::vector<uint64_t> values(count);
  for (uint64_t& value : values) value = random.below(1000000);
  return values;
}

TEST(SampleRandom, RepeatsItselfForTheSameSample) {
  EXPECT_EQ(draws(SampleRandom(7, "1024", 3), 20), draws(SampleRandom(7, "1024", 3), 20));
}

TEST(SampleRandom, DiffersWithSeedSubsetAndIndex) {
  const auto base = draws(SampleRandom(7, "1024", 3), 20);
  EXPECT_NE(base, draws(SampleRandom(8, "1024", 3), 20));
  EXPECT_NE(base, draws(SampleRandom(7, "2048", 3), 20));
  EXPECT_NE(base, draws(SampleRandom(7, "1024", 4), 20));
}

TEST(SampleRandom, DrawsEveryValueBelowTheBoundAboutEquallyOften) {
  SampleRandom random(0, "", 0);
  std::vector<int> seen(6, 0);
  for (int i = 0; i < 6000; ++i) ++seen.at(random.below(6));
  for (const int count : seen) EXPECT_NEAR(count, 1000, 150);  // 5 standard deviations
}

TEST(SampleRandom, SharesLieBetweenZeroAndOne) {
  SampleRandom random(0, "", 0);
  double sum = 0;
  for (int i = 0; i < 1000; ++i) {
    const double share = random.share();
    ASSERT_GE(share, 0.0);
    ASSERT_LT(share, 1.0);
    sum += share;
  }
  EXPECT_NEAR(sum / 1000, 0.5, 0.05);
}

TEST(SampleRandom, ShufflesKeepAllItems) {
  std::vector<int> items(50);
  std::iota(items.begin(), items.end(), 0);
  const std::vector<int> sorted = items;
  SampleRandom(1, "", 0).shuffle(items);
  EXPECT_NE(items, sorted);
  EXPECT_THAT(items, testing::UnorderedElementsAreArray(sorted));
}

TEST(SpreadShare, CoversTheIntervalEvenlyWhereverItStops) {
  for (const int count : {5, 10, 20, 100}) {
    std::vector<double> shares;
    for (int i = 0; i < count; ++i) shares.push_back(spread_share(i));
    std::sort(shares.begin(), shares.end());
    EXPECT_LT(shares.front(), 2.0 / count);
    EXPECT_GT(shares.back(), 1.0 - 2.0 / count);
    for (int i = 1; i < count; ++i) EXPECT_LT(shares[i] - shares[i - 1], 2.0 / count);
  }
}

}  // namespace
}  // namespace skipbench
