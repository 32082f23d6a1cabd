#include "harness/text/token_texts.h"

#include <charconv>

#include "harness/text/byte_alphabet.h"
#include "harness/text/normalise.h"
#include "harness/text/utf8.h"

namespace skipbench {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

std::string with_spaces(std::string_view token) {
  std::string text;
  for (size_t at = 0; at < token.size();) {
    const bool space = token.substr(at).starts_with(kSpaceSymbol);
    text += space ? ' ' : token[at];
    at += space ? kSpaceSymbol.size() : 1;
  }
  return text;
}

}  // namespace

int byte_of_token(std::string_view token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token.back() != '>') return -1;
  int byte = -1;
  const char* const end = token.data() + 5;
  const auto read = std::from_chars(token.data() + 3, end, byte, 16);
  return read.ec == std::errc() && read.ptr == end ? byte : -1;
}

TokenTexts::TokenTexts(const TokenizerSpec& spec)
    : special_(spec.tokens.size(), false),
      single_byte_(spec.tokens.size(), false),
      sentence_piece_(spec.sentence_piece),
      strip_space_(spec.strip_space) {
  bytes_.reserve(spec.tokens.size());
  for (const std::string& token : spec.tokens) bytes_.push_back(bytes_of(token));
  for (const TokenId id : spec.special_tokens) special_.at(id) = true;
  if (sentence_piece_) {
    for (size_t id = 0; id < spec.tokens.size(); ++id) {
      single_byte_[id] = byte_of_token(spec.tokens[id]) >= 0;
    }
  }
  // Hugging Face tokenizers shows these as they are matched, and where that is not how they are
  // written it no longer knows them for special ones.
  for (const TokenId id : spec.matched_late) {
    const std::string matched = normalise(spec, spec.tokens[id]).text;
    bytes_.at(id) = bytes_of(matched);
    if (matched != spec.tokens[id]) special_.at(id) = false;
  }
}

std::string TokenTexts::bytes_of(const std::string& token) const {
  if (!sentence_piece_) return bytes_of_symbols(token).value_or(token);
  const int byte = byte_of_token(token);
  return byte >= 0 ? std::string(1, static_cast<char>(byte)) : with_spaces(token);
}

void TokenTexts::append_run(std::string& text, std::string& run) const {
  if (is_valid_utf8(run)) {
    text += run;
  } else {
    for (size_t i = 0; i < run.size(); ++i) text += kReplacement;
  }
  run.clear();
}

std::string_view TokenTexts::bytes(TokenId id) const {
  return id >= 0 && static_cast<size_t>(id) < bytes_.size() ? bytes_[id] : std::string_view();
}

std::string TokenTexts::decode(const std::vector<TokenId>& ids, bool skip_special) const {
  std::string text, run;
  for (const TokenId id : ids) {
    if (id < 0 || static_cast<size_t>(id) >= bytes_.size()) continue;
    if (skip_special && special_[id]) continue;
    if (single_byte_[id]) {
      run += bytes_[id];
      continue;
    }
    append_run(text, run);
    text += bytes_[id];
  }
  append_run(text, run);
  if (strip_space_ && text.starts_with(' ')) text.erase(0, 1);
  return is_valid_utf8(text) ? text : replace_invalid_utf8(text);
}

}  // namespace skipbench
