#include "harness/text/byte_pairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "harness/text/byte_alphabet.h"
#include "harness/text/utf8.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

uint64_t pair_key(TokenId left, TokenId right) {
  return static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right);
}

TokenId token_of(const Vocabulary& vocabulary, std::string_view text) {
  const auto found = vocabulary.find(text);
  return found == vocabulary.end() ? -1 : found->second;
}

}  // namespace

MergeTable::MergeTable(const std::vector<std::string>& merges, const Vocabulary& vocabulary) {
  const size_t slots = std::bit_ceil(std::max<size_t>(2, 2 * merges.size()));
  slots_.resize(slots);
  shift_ = 64 - std::countr_zero(slots);
  for (size_t rank = 0; rank < merges.size(); ++rank) {
    const std::string_view merge = merges[rank];
    const size_t space = merge.find(' ');
    if (space == std::string_view::npos || merge.find(' ', space + 1) != std::string_view::npos) {
      throw InputError(fmt::format("merge {} is '{}'; expected 'left right'", rank, merge));
    }
    const std::string_view left = merge.substr(0, space), right = merge.substr(space + 1);
    const std::string merged = fmt::format("{}{}", left, right);
    for (std::string_view token : {left, right, std::string_view(merged)}) {
      if (token_of(vocabulary, token) >= 0) continue;
      throw InputError(
          fmt::format("merge {} ('{}') needs token '{}', which the vocabulary does not have", rank,
                      merge, token));
    }
    const uint64_t pair = pair_key(token_of(vocabulary, left), token_of(vocabulary, right));
    slots_[slot_of(pair)] = {pair, {static_cast<int32_t>(rank), token_of(vocabulary, merged)}};
  }
}

size_t MergeTable::slot_of(uint64_t pair) const {
  // Fibonacci hashing spreads neighbouring ids; linear probing stays in the cache line.
  size_t slot = (pair * 0x9E3779B97F4A7C15u) >> shift_;
  while (slots_[slot].pair != pair && slots_[slot].pair != kEmpty) {
    slot = (slot + 1) & (slots_.size() - 1);
  }
  return slot;
}

MergeTable::Merge MergeTable::find(TokenId left, TokenId right) const {
  return slots_[slot_of(pair_key(left, right))].merge;
}

bool BytePairEncoder::Scratch::Candidate::operator<(const Candidate& other) const {
  return rank != other.rank ? rank > other.rank : left > other.left;
}

BytePairEncoder::BytePairEncoder(const TokenizerSpec& spec, const Vocabulary& vocabulary)
    : vocabulary_(vocabulary),
      sentence_piece_(spec.sentence_piece),
      fuse_unknown_(spec.fuse_unknown),
      unknown_(spec.unknown),
      merges_(spec.merges, vocabulary) {
  find_byte_tokens();
  for (size_t c = 0; c < character_tokens_.size(); ++c) {
    const auto character = static_cast<char>(c);
    character_tokens_[c] = token_of(vocabulary, std::string_view(&character, 1));
  }
  if (!spec.whole_words) return;
  for (const auto& [text, token] : vocabulary) {
    if (sentence_piece_) {
      whole_words_.emplace(text, token);
    } else if (auto bytes = bytes_of_symbols(text)) {
      whole_words_.emplace(std::move(*bytes), token);
    }
  }
}

void BytePairEncoder::find_byte_tokens() {
  int found = 0;
  for (int byte = 0; byte < 256; ++byte) {
    const std::string symbol = sentence_piece_ ? fmt::format("<0x{:02X}>", byte)
                                               : byte_symbol(static_cast<unsigned char>(byte));
    byte_tokens_[byte] = token_of(vocabulary_, symbol);
    found += byte_tokens_[byte] >= 0 ? 1 : 0;
  }
  if (sentence_piece_ && found != 0 && found != 256) {
    throw InputError(
        fmt::format("the vocabulary has {} of the 256 byte tokens <0x00> to <0xFF>", found));
  }
}

void BytePairEncoder::push_pair(Scratch& scratch, int64_t left) const {
  const int64_t right = scratch.symbols[left].next;
  if (right < 0) return;
  const auto merge = merges_.find(scratch.symbols[left].token, scratch.symbols[right].token);
  if (merge.rank < 0) return;
  scratch.heap.push_back({merge.rank, merge.token, left});
  std::push_heap(scratch.heap.begin(), scratch.heap.end());
}

void BytePairEncoder::merge_all(Scratch& scratch) const {
  auto& symbols = scratch.symbols;
  for (size_t left = 0; left < symbols.size(); ++left) {
    push_pair(scratch, static_cast<int64_t>(left));
  }
  while (!scratch.heap.empty()) {
    std::pop_heap(scratch.heap.begin(), scratch.heap.end());
    const auto [rank, token, left] = scratch.heap.back();
    scratch.heap.pop_back();
    const int64_t right = symbols[left].next;
    // Stale when one of the pair has merged with another neighbour since.
    if (symbols[left].token < 0 || right < 0) continue;
    if (merges_.find(symbols[left].token, symbols[right].token).token != token) continue;

    symbols[left].token = token;
    symbols[left].next = symbols[right].next;
    symbols[right].token = -1;
    if (symbols[left].next >= 0) symbols[symbols[left].next].previous = left;
    if (symbols[left].previous >= 0) push_pair(scratch, symbols[left].previous);
    push_pair(scratch, left);
  }
}

void BytePairEncoder::add_symbol(Scratch& scratch, TokenId token, size_t begin) const {
  const auto index = static_cast<int64_t>(scratch.symbols.size());
  scratch.symbols.push_back({token, index - 1, index + 1, begin});
}

void BytePairEncoder::add_unknown(Scratch& scratch, size_t begin) const {
  if (unknown_ < 0) return;
  const auto& symbols = scratch.symbols;
  if (fuse_unknown_ && !symbols.empty() && symbols.back().token == unknown_) return;
  add_symbol(scratch, unknown_, begin);
}

void BytePairEncoder::split_into_bytes(std::string_view word, Scratch& scratch) const {
  for (size_t at = 0; at < word.size(); ++at) {
    const TokenId token = byte_tokens_[static_cast<unsigned char>(word[at])];
    token >= 0 ? add_symbol(scratch, token, at) : add_unknown(scratch, at);
  }
}

TokenId BytePairEncoder::character_token(std::string_view character) const {
  const auto lead = static_cast<unsigned char>(character[0]);
  return lead < 128 ? character_tokens_[lead] : token_of(vocabulary_, character);
}

void BytePairEncoder::split_into_characters(std::string_view word, Scratch& scratch) const {
  for (size_t at = 0; at < word.size();) {
    const std::string_view character = word.substr(at, utf8_step(word.substr(at)).length);
    const TokenId token = character_token(character);
    if (token >= 0) {
      add_symbol(scratch, token, at);
    } else if (byte_tokens_[0] >= 0) {
      for (size_t i = 0; i < character.size(); ++i) {
        add_symbol(scratch, byte_tokens_[static_cast<unsigned char>(character[i])], at + i);
      }
    } else {
      add_unknown(scratch, at);
    }
    at += character.size();
  }
}

void BytePairEncoder::encode(std::string_view word, Scratch& scratch, std::vector<TokenId>& ids,
                             std::vector<size_t>& begins) const {
  if (!whole_words_.empty()) {
    if (const auto found = whole_words_.find(std::string(word)); found != whole_words_.end()) {
      ids.push_back(found->second);
      begins.push_back(0);
      return;
    }
  }
  auto& symbols = scratch.symbols;
  symbols.clear();
  sentence_piece_ ? split_into_characters(word, scratch) : split_into_bytes(word, scratch);
  if (symbols.empty()) return;
  symbols.front().begin = 0;  // what is left out belongs to the token before it, or to the first
  symbols.back().next = -1;
  merge_all(scratch);
  for (const auto& symbol : symbols) {
    if (symbol.token < 0) continue;
    ids.push_back(symbol.token);
    begins.push_back(symbol.begin);
  }
}

}  // namespace skipbench
