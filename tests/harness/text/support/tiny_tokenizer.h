#pragma once

#include <string>

#include "harness/text/byte_alphabet.h"
#include "harness/text/tokenizer.h"

namespace skipbench {

/// 256 bytes (ids 0-255), a few merges (256-261), then special tokens: enough to follow by hand.
inline TokenizerSpec tiny_tokenizer_spec() {
  TokenizerSpec spec;
  for (int byte = 0; byte < 256; ++byte) {
    spec.tokens.push_back(byte_symbol(static_cast<unsigned char>(byte)));
  }
  spec.merges = {"a b", "b c", "ab c", "Ġ ab", "a a", "Ċ Ċ"};
  for (const char* merged : {"ab", "bc", "abc", "Ġab", "aa", "ĊĊ"}) spec.tokens.push_back(merged);
  for (const char* special : {"<s>", "</s>", "<|im_start|>", "<|im_end|>", "<|im|>"}) {
    spec.special_tokens.push_back(static_cast<TokenId>(spec.tokens.size()));
    spec.tokens.push_back(special);
  }
  spec.user_tokens.push_back(static_cast<TokenId>(spec.tokens.size()));
  spec.tokens.push_back("<tool>");
  spec.bos = 262;
  spec.eos = 263;
  spec.chat_template =
      "{% for message in messages %}{% if loop.first %}{{ '<|im_start|>system\\nBe "
      "brief.<|im_end|>\\n' }}{% endif %}{{'<|im_start|>' + message['role'] + '\\n' + "
      "message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}";
  return spec;
}

}  // namespace skipbench
