#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace skipbench {

using TokenId = int32_t;

/// How text is cut into words before byte-pair merging.
enum class PreTokenizer { kGpt2, kSmolLm, kLlamaBpe, kQwen2 };
/// Throws InputError naming the known ones. Names as in GGUF's tokenizer.ggml.pre.
PreTokenizer pre_tokenizer_from_name(std::string_view name);

/// What a checkpoint says about its tokenizer.
struct TokenizerSpec {
  std::vector<std::string> tokens;  // id -> text in GPT-2's byte alphabet (specials as they are)
  std::vector<std::string> merges;  // "left right", by rank
  std::vector<TokenId> special_tokens;  // control tokens, matched before anything else
  std::vector<TokenId> user_tokens;     // matched likewise, always, and never left out of text
  PreTokenizer pre_tokenizer = PreTokenizer::kGpt2;
  TokenId bos = -1, eos = -1;  // -1: none
  bool add_bos = false;
  std::string chat_template;  // the checkpoint's Jinja text, used to recognise the family
};

/// Token ids, and for each the byte of the text where it begins.
struct Encoding {
  std::vector<TokenId> ids;
  std::vector<size_t> begins;
};

/// Byte-level BPE, equal to Hugging Face tokenizers id by id. Total: any byte string encodes;
/// broken UTF-8 counts as U+FFFD, and bytes that the vocabulary has no token for are left out. With
/// all 256 bytes in the vocabulary decode(encode(s)) == s for valid UTF-8. Safe to use from many
/// threads.
class Tokenizer {
 public:
  /// Throws InputError when the spec contradicts itself: no tokens, a malformed merge, a special
  /// token outside the vocabulary.
  explicit Tokenizer(TokenizerSpec spec);
  ~Tokenizer();
  Tokenizer(Tokenizer&&) noexcept;

  /// Token ids of the text. Special tokens in the text are recognised when `parse_special`; BOS is
  /// put in front when `add_special` and the checkpoint asks for it.
  std::vector<TokenId> encode(std::string_view text, bool add_special, bool parse_special) const;
  /// The same with the place of each token; offsets are those of the text after broken UTF-8 was
  /// replaced.
  Encoding encode_with_offsets(std::string_view text, bool add_special, bool parse_special) const;

  /// Text of the ids; `skip_special` leaves special tokens out. Broken UTF-8 becomes U+FFFD and ids
  /// outside the vocabulary are passed over, as in Hugging Face tokenizers.
  std::string decode(const std::vector<TokenId>& ids, bool skip_special) const;

  const TokenizerSpec& spec() const;
  TokenId vocabulary() const;
  /// The id of a token's exact text (a special one for example), or -1.
  TokenId find(std::string_view token) const;
  /// Tokens that end a reply: EOS and the chat template's end of turn.
  const std::vector<TokenId>& end_tokens() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace skipbench
