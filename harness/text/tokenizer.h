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
  std::vector<TokenId> special_tokens;  // matched in the text before anything else
  PreTokenizer pre_tokenizer = PreTokenizer::kGpt2;
  TokenId bos = -1, eos = -1;  // -1: none
  bool add_bos = false;
  std::string chat_template;  // the checkpoint's Jinja text, used to recognise the family
};

/// Byte-level BPE. Total: any byte string encodes, and decode(encode(s)) == s for valid UTF-8.
class Tokenizer {
 public:
  explicit Tokenizer(TokenizerSpec spec);
  ~Tokenizer();
  Tokenizer(Tokenizer&&) noexcept;

  /// Token ids of the text. Special tokens in the text are recognised when `parse_special`; BOS is
  /// put in front when `add_special` and the checkpoint asks for it.
  std::vector<TokenId> encode(std::string_view text, bool add_special, bool parse_special) const;

  /// Text of the ids; `skip_special` leaves special tokens out. Broken UTF-8 at the ends becomes
  /// U+FFFD, as in Hugging Face tokenizers.
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
