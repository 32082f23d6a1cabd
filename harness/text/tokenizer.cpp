#include "harness/text/tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "harness/text/byte_alphabet.h"
#include "harness/text/byte_pairs.h"
#include "harness/text/special_tokens.h"
#include "harness/text/utf8.h"
#include "harness/text/word_splitter.h"
#include "kernels/base/error.h"
#include "kernels/base/suggest.h"

namespace skipbench {
namespace {

constexpr std::pair<std::string_view, PreTokenizer> kPreTokenizers[] = {
    {"gpt-2", PreTokenizer::kGpt2},
    {"smollm", PreTokenizer::kSmolLm},
    {"llama-bpe", PreTokenizer::kLlamaBpe},
    {"qwen2", PreTokenizer::kQwen2},
};

/// Ends of a turn in the chat templates that this program knows.
constexpr std::string_view kTurnEnds[] = {"<|im_end|>", "<|eot_id|>"};

Vocabulary index_tokens(const std::vector<std::string>& tokens) {
  if (tokens.empty()) throw InputError("the tokenizer has no tokens");
  Vocabulary vocabulary;
  vocabulary.reserve(tokens.size());
  for (size_t id = 0; id < tokens.size(); ++id) {
    vocabulary.insert_or_assign(tokens[id], static_cast<TokenId>(id));
  }
  return vocabulary;
}

}  // namespace

PreTokenizer pre_tokenizer_from_name(std::string_view name) {
  std::vector<std::string> known;
  for (const auto& [known_name, kind] : kPreTokenizers) {
    if (name == known_name) return kind;
    known.emplace_back(known_name);
  }
  throw InputError(fmt::format("unknown pre-tokenizer '{}'{}", name, suggestion(name, known)));
}

struct Tokenizer::Impl {
  TokenizerSpec spec;
  Vocabulary vocabulary;  // views of spec.tokens
  WordSplitter splitter;
  BytePairEncoder encoder;
  SpecialTokens all_specials, user_specials;
  std::vector<std::string> bytes;  // of each token
  std::vector<bool> is_special;
  std::vector<TokenId> end_tokens;

  explicit Impl(TokenizerSpec given)
      : spec(std::move(given)),
        vocabulary(index_tokens(spec.tokens)),
        splitter(spec.pre_tokenizer),
        encoder(spec, vocabulary, spec.pre_tokenizer == PreTokenizer::kLlamaBpe),
        is_special(spec.tokens.size(), false) {
    bytes.reserve(spec.tokens.size());
    for (const std::string& token : spec.tokens) {
      bytes.push_back(bytes_of_symbols(token).value_or(token));
    }
    for (TokenId id : spec.special_tokens) {
      all_specials.add(text_of(id), id);
      is_special[id] = true;
    }
    for (TokenId id : spec.user_tokens) {
      all_specials.add(text_of(id), id);
      user_specials.add(text_of(id), id);
    }
    for (TokenId id : {spec.bos, spec.eos}) {
      if (id >= 0) text_of(id);
    }
    find_end_tokens();
  }

  const std::string& text_of(TokenId id) const {
    if (id < 0 || static_cast<size_t>(id) >= spec.tokens.size()) {
      throw InputError(fmt::format("special token {} is outside the vocabulary of {} tokens", id,
                                   spec.tokens.size()));
    }
    return spec.tokens[id];
  }

  void find_end_tokens() {
    if (spec.eos >= 0) end_tokens.push_back(spec.eos);
    for (std::string_view text : kTurnEnds) {
      if (spec.chat_template.find(text) == std::string::npos) continue;
      const auto found = vocabulary.find(text);
      if (found == vocabulary.end() || found->second == spec.eos) continue;
      end_tokens.push_back(found->second);
    }
  }

  /// A word seen before in the same text: its tokens are copied from where they stand in the
  /// output.
  struct Seen {
    size_t begin;         // of the word, in the text
    size_t first, count;  // its tokens
  };
  struct Work {
    Encoding out;
    std::unordered_map<std::string_view, Seen> seen;
    BytePairEncoder::Scratch scratch;
  };

  void encode_word(std::string_view word, size_t begin, Work& work) const {
    auto& [ids, begins] = work.out;
    const size_t first = ids.size();
    const auto [entry, is_new] = work.seen.try_emplace(word, Seen{begin, first, 0});
    Seen& seen = entry->second;
    if (is_new) {
      encoder.encode(word, work.scratch, ids, begins);
      seen.count = ids.size() - first;
      for (size_t i = first; i < ids.size(); ++i) begins[i] += begin;
      return;
    }
    for (size_t i = seen.first; i < seen.first + seen.count; ++i) {
      ids.push_back(ids[i]);
      begins.push_back(begins[i] + (begin - seen.begin));
    }
  }

  /// text[begin, end): no special token inside.
  void encode_plain(std::string_view text, size_t begin, size_t end, Work& work) const {
    WordSplitter::Cursor words(splitter, text.substr(begin, end - begin));
    for (std::string_view word = words.next(); !word.empty(); word = words.next()) {
      encode_word(word, begin, work);
      begin += word.size();
    }
  }

  Encoding encode(std::string_view text, bool add_special, bool parse_special) const {
    const SpecialTokens& specials = parse_special ? all_specials : user_specials;
    Work work;
    const auto add = [&](TokenId id, size_t begin) {
      work.out.ids.push_back(id);
      work.out.begins.push_back(begin);
    };
    if (add_special && spec.add_bos && spec.bos >= 0) add(spec.bos, 0);
    for (size_t at = 0; at < text.size();) {
      const SpecialTokens::Match special = specials.find(text, at);
      encode_plain(text, at, special.begin, work);
      if (special.token >= 0) add(special.token, special.begin);
      at = special.begin + special.length;
    }
    return std::move(work.out);
  }
};

Tokenizer::Tokenizer(TokenizerSpec spec) : impl_(std::make_unique<Impl>(std::move(spec))) {}
Tokenizer::~Tokenizer() = default;
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;

Encoding Tokenizer::encode_with_offsets(std::string_view text, bool add_special,
                                        bool parse_special) const {
  if (is_valid_utf8(text)) return impl_->encode(text, add_special, parse_special);
  return impl_->encode(replace_invalid_utf8(text), add_special, parse_special);
}

std::vector<TokenId> Tokenizer::encode(std::string_view text, bool add_special,
                                       bool parse_special) const {
  return encode_with_offsets(text, add_special, parse_special).ids;
}

std::string Tokenizer::decode(const std::vector<TokenId>& ids, bool skip_special) const {
  std::string bytes;
  for (TokenId id : ids) {
    if (id < 0 || id >= vocabulary()) continue;
    if (skip_special && impl_->is_special[id]) continue;
    bytes += impl_->bytes[id];
  }
  return is_valid_utf8(bytes) ? bytes : replace_invalid_utf8(bytes);
}

const TokenizerSpec& Tokenizer::spec() const {
  return impl_->spec;
}

TokenId Tokenizer::vocabulary() const {
  return static_cast<TokenId>(impl_->spec.tokens.size());
}

TokenId Tokenizer::find(std::string_view token) const {
  const auto found = impl_->vocabulary.find(token);
  return found == impl_->vocabulary.end() ? -1 : found->second;
}

const std::vector<TokenId>& Tokenizer::end_tokens() const {
  return impl_->end_tokens;
}

}  // namespace skipbench
