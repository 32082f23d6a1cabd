#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/text/tokenizer.h"

namespace skipbench {

/// The bytes that each token stands for, and the text of many together.
class TokenTexts {
 public:
  explicit TokenTexts(const TokenizerSpec& spec);

  /// As Tokenizer::decode. SentencePiece's byte tokens count as text only where a run of them is
  /// valid UTF-8; each byte of another run becomes U+FFFD, as in Hugging Face's ByteFallback.
  std::string decode(const std::vector<TokenId>& ids, bool skip_special) const;

  /// What the token adds to a text, no UTF-8 by itself where it is a part of a character; "" for
  /// ids outside the vocabulary.
  std::string_view bytes(TokenId id) const;

 private:
  std::string bytes_of(const std::string& token) const;
  void append_run(std::string& text, std::string& run) const;

  std::vector<std::string> bytes_;
  std::vector<bool> special_, single_byte_;
  bool sentence_piece_, strip_space_;
};

/// The byte of SentencePiece's "<0x0A>", or -1 for any other text.
int byte_of_token(std::string_view token);

}  // namespace skipbench
