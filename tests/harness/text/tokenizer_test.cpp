#include "harness/text/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "harness/text/utf8.h"
#include "kernels/base/error.h"
#include "tests/harness/text/support/tiny_tokenizer.h"

namespace skipbench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::vector<TokenId> encode(const Tokenizer& tokenizer, std::string_view text) {
  return tokenizer.encode(text, false, true);
}

TEST(Tokenizer, MergesTheLeastRankFirstAndTheLeftmostOfEquals) {
  const Tokenizer tokenizer(tiny_tokenizer_spec());
  EXPECT_THAT(encode(tokenizer, "abc"), ElementsAre(258));  // ab (rank 0) before bc (rank 1)
  EXPECT_THAT(encode(tokenizer, "bc"), ElementsAre(257));
  EXPECT_THAT(encode(tokenizer, " ab"), ElementsAre(259));
  EXPECT_THAT(encode(tokenizer, "aaa"), ElementsAre(260, 'a'));
  EXPECT_THAT(encode(tokenizer, "aab"), ElementsAre('a', 256));  // ab before aa
}

TEST(Tokenizer, Llama3TakesAWholeWordBeforeItsMerges) {
  TokenizerSpec spec = tiny_tokenizer_spec();
  spec.tokens.push_back("cab");  // reached by no merge
  EXPECT_THAT(encode(Tokenizer(spec), "cab"), ElementsAre('c', 256));
  spec.whole_words = true;
  EXPECT_THAT(encode(Tokenizer(spec), "cab"),
              ElementsAre(static_cast<int>(spec.tokens.size()) - 1));
}

TEST(Tokenizer, RecognisesSpecialTokensOnlyWhenAskedTo) {
  const Tokenizer tokenizer(tiny_tokenizer_spec());
  EXPECT_THAT(tokenizer.encode("a<|im_end|><tool>", false, true), ElementsAre('a', 265, 267));
  const auto plain = tokenizer.encode("<|im_end|><tool>", false, false);
  EXPECT_EQ(plain.size(), std::string("<|im_end|>").size() + 1);
  EXPECT_EQ(plain.back(), 267);  // the user's own tokens always count
}

TEST(Tokenizer, PutsBosInFrontWhenTheCheckpointAsksForIt) {
  TokenizerSpec spec = tiny_tokenizer_spec();
  EXPECT_THAT(Tokenizer(spec).encode("x", true, true), ElementsAre('x'));
  spec.add_bos = true;
  EXPECT_THAT(Tokenizer(spec).encode("x", true, true), ElementsAre(262, 'x'));
  EXPECT_THAT(Tokenizer(spec).encode("x", false, true), ElementsAre('x'));
  EXPECT_THAT(Tokenizer(spec).encode("", true, true), ElementsAre(262));
}

TEST(Tokenizer, OffsetsSayWhereEachTokenBegins) {
  const Tokenizer tokenizer(tiny_tokenizer_spec());
  const Encoding encoding = tokenizer.encode_with_offsets("abc ab<s>abc ab", false, true);
  EXPECT_THAT(encoding.ids, ElementsAre(258, 259, 262, 258, 259));
  EXPECT_THAT(encoding.begins, ElementsAre(0, 3, 6, 9, 12));
}

TEST(Tokenizer, DecodingGivesBackEveryValidText) {
  const Tokenizer tokenizer(tiny_tokenizer_spec());
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    std::string bytes(random() % 100, '\0');
    for (char& byte : bytes)
      byte = static_cast<char>(random() % 4 == 0 ? random() % 256 : 'a' + random() % 3);
    const std::string text = replace_invalid_utf8(bytes);
    EXPECT_EQ(tokenizer.decode(encode(tokenizer, text), false), text);
    EXPECT_EQ(encode(tokenizer, bytes), encode(tokenizer, text));
  }
}

TEST(Tokenizer, DecodingSkipsSpecialTokensOnlyWhenAskedTo) {
  const Tokenizer tokenizer(tiny_tokenizer_spec());
  EXPECT_EQ(tokenizer.decode({262, 'a', 267, 263}, false), "<s>a<tool></s>");
  EXPECT_EQ(tokenizer.decode({262, 'a', 267, 263}, true), "a<tool>");
  EXPECT_EQ(tokenizer.decode({-1, 100000, 0xE4, 0xB8, 'a'}, true),
            "\xEF\xBF\xBD"
            "a");
}

TEST(Tokenizer, LeavesOutBytesThatTheVocabularyDoesNotHave) {
  TokenizerSpec spec = tiny_tokenizer_spec();
  spec.tokens[4] = "unused";  // the token of byte 4
  const Tokenizer tokenizer(spec);
  EXPECT_THAT(encode(tokenizer, "\x04"), ElementsAre());
  EXPECT_THAT(encode(tokenizer, "x \x04y"), ElementsAre('x', ' ', 'y'));
}

TEST(Tokenizer, EndsRepliesAtEosAndAtTheTemplatesEndOfTurn) {
  EXPECT_THAT(Tokenizer(tiny_tokenizer_spec()).end_tokens(), ElementsAre(263, 265));
}

TEST(Tokenizer, RefusesASpecThatContradictsItself) {
  const auto making = [](auto spoil) {
    return [spoil] {
      TokenizerSpec spec = tiny_tokenizer_spec();
      spoil(spec);
      Tokenizer tokenizer(std::move(spec));
    };
  };
  EXPECT_THAT(making([](TokenizerSpec& spec) { spec.merges[1] = "bc"; }),
              ThrowsMessage<InputError>(HasSubstr("merge 1 is 'bc'; expected 'left right'")));
  EXPECT_THAT(making([](TokenizerSpec& spec) { spec.merges[1] = "b zz"; }),
              ThrowsMessage<InputError>(HasSubstr("needs token 'zz'")));
  EXPECT_THAT(making([](TokenizerSpec& spec) { spec.eos = 9999; }),
              ThrowsMessage<InputError>(HasSubstr("9999 is outside the vocabulary of 268")));
  EXPECT_THAT(making([](TokenizerSpec& spec) { spec = {}; }),
              ThrowsMessage<InputError>(HasSubstr("no tokens")));
  EXPECT_THAT([] { pre_tokenizer_from_name("llama-bpr"); },
              ThrowsMessage<InputError>(HasSubstr("did you mean 'llama-bpe'?")));
}

}  // namespace
}  // namespace skipbench
