#include "kernels/base/random.h"

#include <gmock/gmock.h>

#include <array>

namespace skipbench {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Lt;

// The first numbers that the authors' own program gives for this seed.
TEST(SplitMix64, GivesThePublishedNumbers) {
  SplitMix64 random(1234567);
  const std::array<uint64_t, 5> numbers{random.next(), random.next(), random.next(), random.next(),
                                        random.next()};
  EXPECT_THAT(numbers, ElementsAre(6457827717110365317u, 3203168211198807973u, 9817491932198370423u,
                                   4593380528125082431u, 16408922859458223821u));
}

TEST(SplitMix64, StaysBelowTheBoundAndReachesAllBelowIt) {
  SplitMix64 random(3);
  std::array<int, 5> seen{};
  for (int i = 0; i < 5000; ++i) ++seen.at(random.below(5));
  EXPECT_THAT(seen, Each(::testing::AllOf(::testing::Gt(850), Lt(1150))));
}

TEST(Fnv1a, GivesThePublishedHashes) {
  EXPECT_EQ(fnv1a(""), 0xcbf29ce484222325u);
  EXPECT_EQ(fnv1a("a"), 0xaf63dc4c8601ec8cu);
  EXPECT_EQ(fnv1a("foobar"), 0x85944171f73967e8u);
}

TEST(Fnv1a, GoesOnFromAnEarlierHash) {
  EXPECT_EQ(fnv1a("bar", fnv1a("foo")), fnv1a("foobar"));
}

}  // namespace
}  // namespace skipbench
