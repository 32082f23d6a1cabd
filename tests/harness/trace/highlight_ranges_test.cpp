#include "harness/trace/highlight_ranges.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

using testing::ElementsAre;

std::vector<std::pair<int64_t, int64_t>> found(const std::vector<std::string>& pieces,
                                               const std::string& needle) {
  std::vector<std::pair<int64_t, int64_t>> found;
  for (const TokenRange& range : highlight_ranges(pieces, needle)) {
    found.emplace_back(range.begin, range.end);
  }
  return found;
}

constexpr int32_t kBytes = 5;  // the id of the byte 0

// SentencePiece's way: words bring their space, "é" has no token but its two bytes.
Tokenizer sentence_piece() {
  TokenizerSpec spec;
  spec.sentence_piece = true;
  spec.strip_space = true;
  spec.tokens = {"<unk>", "\u2581the", "\u2581needle", "\u2581is", "\u2581caf"};
  for (int byte = 0; byte < 256; ++byte) spec.tokens.push_back(fmt::format("<0x{:02X}>", byte));
  return Tokenizer(std::move(spec));
}

TEST(HighlightRanges, FindsWordsOfASentencePieceTokenizerWithTheSpacesBetweenThem) {
  const Tokenizer tokenizer = sentence_piece();
  const auto pieces = token_pieces(std::vector<int32_t>{1, 2, 3, 2, 3}, &tokenizer);
  EXPECT_THAT(found(pieces, "needle is"), ElementsAre(std::pair(1, 3), std::pair(3, 5)));
  EXPECT_THAT(found(pieces, "the needle"), ElementsAre(std::pair(0, 2)));
}

TEST(HighlightRanges, FindsACharacterThatIsSplitOverTokens) {
  const Tokenizer tokenizer = sentence_piece();
  const auto pieces =
      token_pieces(std::vector<int32_t>{1, 4, kBytes + 0xC3, kBytes + 0xA9, 3}, &tokenizer);
  EXPECT_THAT(found(pieces, "caf\u00e9 is"), ElementsAre(std::pair(1, 5)));
  EXPECT_THAT(found(pieces, "\u00e9"), ElementsAre(std::pair(2, 4)));
}

TEST(HighlightRanges, RefusesWhatStandsNowhere) {
  EXPECT_THROW(highlight_ranges({"a", "b"}, "ba"), InputError);
  EXPECT_THROW(highlight_ranges({"a", "b"}, ""), InputError);
  EXPECT_THAT(found(token_pieces(std::vector<int32_t>{7, 8}, nullptr), "8"),
              ElementsAre(std::pair(1, 2)));
}

}  // namespace
}  // namespace skipbench
