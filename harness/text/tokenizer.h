#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace skipbench {

using TokenId = int32_t;

/// How text is cut into words before byte-pair merging: by the expression of a family, not at all
/// (kWhole), or in front of every "▁" (kAtSpaces).
enum class PreTokenizer { kGpt2, kSmolLm, kLlamaBpe, kQwen2, kWhole, kAtSpaces };
/// Throws InputError naming the known ones. Names as in GGUF's tokenizer.ggml.pre.
PreTokenizer pre_tokenizer_from_name(std::string_view name);

/// What is done to the text before it is cut.
enum class Normaliser { kNone, kNfc, kSpaces };

/// Where Normaliser::kSpaces puts a "▁" in front, beside those that replace the spaces.
enum class SpacePrefix {
  kNever,
  kAlways,         // each stretch between special tokens (Prepend of Llama 2)
  kIfMissing,      // the same, unless it begins with one (Metaspace "always")
  kFirstIfMissing  // the text's beginning alone, unless it begins with one (Metaspace "first")
};

/// What a checkpoint says about its tokenizer.
struct TokenizerSpec {
  std::vector<std::string>
      tokens;  // id -> text in the vocabulary's alphabet (specials as they are)
  std::vector<std::string> merges;      // "left right", by rank
  std::vector<TokenId> special_tokens;  // control tokens, matched before anything else
  std::vector<TokenId> user_tokens;     // matched likewise, always, and never left out of text
  std::vector<TokenId> matched_late;    // those of both that are matched in the normalised text
  PreTokenizer pre_tokenizer = PreTokenizer::kGpt2;
  Normaliser normaliser = Normaliser::kNone;
  SpacePrefix space_prefix = SpacePrefix::kNever;
  /// A word that is itself a token becomes that token, whatever the merges would make of it.
  bool whole_words = false;
  /// SentencePiece's alphabet: characters stand for themselves, "▁" for a space, "<0x0A>" for the
  /// byte of a character without a token (all 256, or none). Otherwise GPT-2's alphabet of bytes.
  bool sentence_piece = false;
  TokenId unknown = -1;        // for what has no token; -1: it is left out
  bool fuse_unknown = false;   // neighbours make one
  bool strip_space = false;    // decoded text loses one space in front
  TokenId bos = -1, eos = -1;  // -1: none
  bool add_bos = false;
  std::vector<TokenId> end_tokens;  // further ones that end a reply
  std::string chat_template;        // the checkpoint's Jinja text, used to recognise the family
};

/// Token ids, and for each the byte of the text where it begins.
struct Encoding {
  std::vector<TokenId> ids;
  std::vector<size_t> begins;
};

/// BPE over bytes or, as SentencePiece does, over characters; equal to Hugging Face tokenizers id
/// by id. Total: any byte string encodes; broken UTF-8 counts as U+FFFD, and what the vocabulary
/// has no token for becomes the unknown token or is left out. With all 256 bytes in the vocabulary
/// decode(encode(s)) == s for valid UTF-8 (that is normalised, where the spec asks for it). Safe to
/// use from many threads.
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
  /// Whether encode() puts a space in front of text that begins without one.
  bool adds_space() const;
  /// Tokens that end a reply: EOS, the spec's and the chat template's end of turn.
  const std::vector<TokenId>& end_tokens() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace skipbench
