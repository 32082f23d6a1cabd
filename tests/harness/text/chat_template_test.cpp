#include "harness/text/chat_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/base/error.h"
#include "tests/harness/text/support/tiny_tokenizer.h"

namespace skipbench {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

// What the public templates give is compared in tests/parity/chat_template_test.py.

TEST(ChatTemplate, RecognisesTheFamilies) {
  EXPECT_EQ(recognise_chat_template(""), ChatTemplate::kNone);
  EXPECT_EQ(recognise_chat_template(tiny_tokenizer_spec().chat_template), ChatTemplate::kChatMl);
  EXPECT_EQ(recognise_chat_template("{{ '[INST] ' + m + ' [/INST]' }}"), ChatTemplate::kMistral);
}

TEST(ChatTemplate, RefusesOneThatItDoesNotKnow) {
  EXPECT_THAT([] { recognise_chat_template("{{ '<start_of_turn>user' }}"); },
              ThrowsMessage<InputError>(
                  HasSubstr("known: chatml, llama-3, qwen2, mistral, llama-2, openpangu")));
  for (const char* relative :
       {"{{ '<|im_start|>user<|im_sep|>' }}",
        "{{ '<|im_start|>user' }}{% if add_generation_prompt %}{% if enable_thinking is false %}"
        "{{ '<think>\\n\\n</think>' }}{% else %}{{ '<think>\\n' }}{% endif %}{% endif %}",
        "{% elif true == true %}<<SYS>>{{ bos_token + '[INST] ' + content }}"}) {
    EXPECT_THAT([&] { recognise_chat_template(relative); },
                ThrowsMessage<InputError>(HasSubstr("unknown chat template")))
        << relative;
  }
}

class BuildPrompt : public testing::Test {
 protected:
  std::string text(const Prompt& prompt, int64_t begin, int64_t end) const {
    return tokenizer_.decode({prompt.tokens.begin() + begin, prompt.tokens.begin() + end}, false);
  }
  std::string content(const Prompt& prompt) const {
    return text(prompt, prompt.content_begin, prompt.content_end);
  }
  const Tokenizer tokenizer_{tiny_tokenizer_spec()};
};

TEST_F(BuildPrompt, HasTheIdsOfTheJoinedTextAndTheSpanOfTheMessage) {
  const Prompt prompt = build_prompt(tokenizer_, ChatTemplate::kChatMl, "abc ab", "Answer:");
  const std::string whole =
      "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nabc ab<|im_end|>\n"
      "<|im_start|>assistant\nAnswer:";
  EXPECT_EQ(prompt.tokens, tokenizer_.encode(whole, false, true));
  EXPECT_EQ(content(prompt), "abc ab");
}

TEST_F(BuildPrompt, CountsATokenThatReachesOverTheEdgeAsContent) {
  // The new line of the template and the first of the message become one token.
  const Prompt prompt = build_prompt(tokenizer_, ChatTemplate::kChatMl, "\n\nab", "");
  EXPECT_EQ(content(prompt), "\n\n\nab");
}

TEST_F(BuildPrompt, OfAnEmptyMessageHasAnEmptySpan) {
  const Prompt prompt = build_prompt(tokenizer_, ChatTemplate::kChatMl, "", "");
  EXPECT_EQ(prompt.content_begin, prompt.content_end);
  EXPECT_EQ(text(prompt, prompt.content_begin, prompt.content_begin + 1), "<|im_end|>");
}

TEST_F(BuildPrompt, WithoutATemplateIsTheTextAloneBehindBos) {
  TokenizerSpec spec = tiny_tokenizer_spec();
  spec.add_bos = true;
  const Tokenizer tokenizer(spec);
  const Prompt prompt = build_prompt(tokenizer, ChatTemplate::kNone, "ab c", " aa");
  EXPECT_EQ(prompt.tokens, tokenizer.encode("ab c aa", true, true));
  EXPECT_EQ(prompt.content_begin, 1);
  EXPECT_EQ(content(prompt), "ab c");
}

TEST_F(BuildPrompt, FindsTheSpanOfABrokenMessage) {
  const Prompt prompt = build_prompt(tokenizer_, ChatTemplate::kChatMl,
                                     "a\xFF"
                                     "b",
                                     "");
  EXPECT_EQ(content(prompt),
            "a\xEF\xBF\xBD"
            "b");
}

TEST_F(BuildPrompt, StripsTheMessageWhereTheTemplateDoes) {
  const Prompt prompt = build_prompt(tokenizer_, ChatTemplate::kLlama3, "  abc \n", "");
  EXPECT_EQ(content(prompt), "abc");
}

}  // namespace
}  // namespace skipbench
