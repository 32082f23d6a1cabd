#include "harness/text/tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <set>
#include <unordered_map>
#include <utility>

#include "harness/text/byte_pairs.h"
#include "harness/text/normalise.h"
#include "harness/text/special_tokens.h"
#include "harness/text/token_texts.h"
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
constexpr std::string_view kTurnEnds[] = {"<|im_end|>", "<|eot_id|>", "[unused10]"};

Vocabulary index_tokens(const std::vector<std::string>& tokens) {
  if (tokens.empty()) throw InputError("the tokenizer has no tokens");
  Vocabulary vocabulary;
  vocabulary.reserve(tokens.size());
  for (size_t id = 0; id < tokens.size(); ++id) {
    if (tokens[id].empty()) continue;  // an id that no token has
    vocabulary.insert_or_assign(tokens[id], static_cast<TokenId>(id));
  }
  return vocabulary;
}

/// Throws InputError when an id that the spec speaks of is outside its vocabulary.
const TokenizerSpec& checked(const TokenizerSpec& spec) {
  const auto check = [&](TokenId id) {
    if (id >= 0 && static_cast<size_t>(id) < spec.tokens.size()) return;
    throw InputError(fmt::format("special token {} is outside the vocabulary of {} tokens", id,
                                 spec.tokens.size()));
  };
  for (const auto* ids :
       {&spec.special_tokens, &spec.user_tokens, &spec.matched_late, &spec.end_tokens}) {
    for (const TokenId id : *ids) check(id);
  }
  for (const TokenId id : {spec.bos, spec.eos, spec.unknown}) {
    if (id != -1) check(id);
  }
  return spec;
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
  TokenTexts texts;
  std::vector<TokenId> end_tokens;
  /// Special tokens: those matched in the text as it is, and those matched once it is normalised.
  struct Specials {
    SpecialTokens early, late;
  };
  Specials all_specials, user_specials;

  explicit Impl(TokenizerSpec given)
      : spec(std::move(given)),
        vocabulary(index_tokens(spec.tokens)),
        splitter(spec.pre_tokenizer),
        encoder(spec, vocabulary),
        texts(checked(spec)) {
    const std::set<TokenId> late(spec.matched_late.begin(), spec.matched_late.end());
    for (const TokenId id : spec.special_tokens) add_special(all_specials, id, late.contains(id));
    for (const TokenId id : spec.user_tokens) {
      add_special(all_specials, id, late.contains(id));
      add_special(user_specials, id, late.contains(id));
    }
    find_end_tokens();
  }

  void add_special(Specials& specials, TokenId id, bool late) const {
    if (late) {
      specials.late.add(normalise(spec, spec.tokens[id]).text, id);
    } else {
      specials.early.add(spec.tokens[id], id);
    }
  }

  void find_end_tokens() {
    const auto add = [&](TokenId id) {
      const bool there = std::find(end_tokens.begin(), end_tokens.end(), id) != end_tokens.end();
      if (id >= 0 && !there) end_tokens.push_back(id);
    };
    add(spec.eos);
    for (const TokenId id : spec.end_tokens) add(id);
    for (const std::string_view text : kTurnEnds) {
      if (spec.chat_template.find(text) == std::string::npos) continue;
      const auto found = vocabulary.find(text);
      if (found != vocabulary.end()) add(found->second);
    }
  }

  /// A word seen before in the same text: its tokens are copied from where they stand in the
  /// output.
  struct Seen {
    size_t first, count;
  };
  struct Work {
    Encoding out;
    const Specials* specials;
    std::vector<size_t> in_word;  // for each token, the byte of its word where it begins
    std::unordered_map<std::string_view, Seen> seen;
    std::deque<std::string> kept;  // normalised texts, which `seen` looks into
    BytePairEncoder::Scratch scratch;

    void add(TokenId id, size_t begin) {
      out.ids.push_back(id);
      out.begins.push_back(begin);
      in_word.push_back(0);
    }
  };

  /// A part of the text, normalised or not, and where in the text its bytes come from.
  struct Stretch {
    std::string_view text;
    std::vector<size_t> origin;  // empty: byte i comes from byte base + i
    size_t base = 0;

    size_t place(size_t byte) const { return origin.empty() ? base + byte : origin[byte]; }
    Stretch part(size_t begin, size_t end) const {
      if (origin.empty()) return {text.substr(begin, end - begin), {}, base + begin};
      const auto first = origin.begin();
      return {text.substr(begin, end - begin),
              {first + static_cast<int64_t>(begin), first + static_cast<int64_t>(end)}};
    }
  };

  /// The stretch after `normalised` replaced its text.
  static Stretch changed(const Stretch& stretch, NormalisedText normalised, Work& work) {
    Stretch result{work.kept.emplace_back(std::move(normalised.text)), std::move(normalised.origin),
                   stretch.base};
    if (result.origin.empty()) {
      result.origin = stretch.origin;
      return result;
    }
    for (size_t& byte : result.origin) byte = stretch.place(byte);
    return result;
  }

  void encode_word(std::string_view word, const Stretch& stretch, size_t begin, Work& work) const {
    auto& [ids, begins] = work.out;
    const size_t first = ids.size();
    const auto [entry, is_new] = work.seen.try_emplace(word, Seen{first, 0});
    Seen& seen = entry->second;
    if (is_new) {
      encoder.encode(word, work.scratch, ids, work.in_word);
      seen.count = ids.size() - first;
    }
    for (size_t i = seen.first; i < seen.first + seen.count; ++i) {
      if (!is_new) {
        ids.push_back(ids[i]);
        work.in_word.push_back(work.in_word[i]);
      }
      begins.push_back(stretch.place(begin + work.in_word[i]));
    }
  }

  void encode_words(const Stretch& stretch, Work& work) const {
    WordSplitter::Cursor words(splitter, stretch.text);
    size_t begin = 0;
    for (std::string_view word = words.next(); !word.empty(); word = words.next()) {
      encode_word(word, stretch, begin, work);
      begin += word.size();
    }
  }

  /// No special token inside.
  void encode_plain(const Stretch& stretch, Work& work) const {
    if (stretch.text.empty()) return;
    if (!replaces_spaces_late(spec)) return encode_words(stretch, work);
    const bool at_beginning = stretch.place(0) == 0;
    encode_words(
        changed(stretch, normalise_spaces(stretch.text, spec.space_prefix, at_beginning), work),
        work);
  }

  /// No special token inside that is matched early.
  void encode_stretch(Stretch stretch, Work& work) const {
    if (stretch.text.empty()) return;
    if (spec.normaliser != Normaliser::kNone && !replaces_spaces_late(spec)) {
      stretch = changed(stretch, normalise(spec, stretch.text), work);
    }
    for (size_t at = 0; at < stretch.text.size();) {
      const SpecialTokens::Match special = work.specials->late.find(stretch.text, at);
      const bool all = at == 0 && special.begin == stretch.text.size();
      encode_plain(all ? stretch : stretch.part(at, special.begin), work);
      if (special.token >= 0) work.add(special.token, stretch.place(special.begin));
      at = special.begin + special.length;
    }
  }

  Encoding encode(std::string_view text, bool add_special, bool parse_special) const {
    Work work;
    work.specials = parse_special ? &all_specials : &user_specials;
    if (add_special && spec.add_bos && spec.bos >= 0) work.add(spec.bos, 0);
    for (size_t at = 0; at < text.size();) {
      const SpecialTokens::Match special = work.specials->early.find(text, at);
      encode_stretch({text.substr(at, special.begin - at), {}, at}, work);
      if (special.token >= 0) work.add(special.token, special.begin);
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
  return impl_->texts.decode(ids, skip_special);
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

bool Tokenizer::adds_space() const {
  return impl_->spec.space_prefix != SpacePrefix::kNever;
}

const std::vector<TokenId>& Tokenizer::end_tokens() const {
  return impl_->end_tokens;
}

}  // namespace skipbench
