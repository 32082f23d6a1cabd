#include "harness/sources/source_hashes.h"

#include <gtest/gtest.h>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

TEST(SourceHashes, AreThoseOfTheFileOfThatNameOrOfOneNamedByItsBeginning) {
  constexpr SourceHash kSorted[] = {
      {"metrics", "1"}, {"metrics/rouge", "2"}, {"metrics/rouge_zh", "3"}};
  const SourceHashes hashes(kSorted);
  EXPECT_EQ(hashes.of("metrics/rouge"), "2");
  EXPECT_EQ(hashes.of("metrics/rouge_zh"), "3");
  EXPECT_EQ(hashes.of("metrics/rouge_zh_long"), "3");
  EXPECT_EQ(hashes.of("metrics/rouge_en"), "2");
  EXPECT_EQ(hashes.of("metrics/bleu"), "1");
  EXPECT_THROW(hashes.of("methods/bleu"), ContractError);
}

}  // namespace
}  // namespace skipbench
