#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "harness/text/tokenizer.h"

namespace skipbench {

/// Token text -> id. The views refer to the strings of a TokenizerSpec.
using Vocabulary = std::unordered_map<std::string_view, TokenId>;

/// Which pairs of tokens merge, into what and in which order: a flat hash table, since every word
/// asks it once per pair.
class MergeTable {
 public:
  struct Merge {
    int32_t rank = -1;  // lower ranks merge first; -1: the pair does not merge
    TokenId token = -1;
  };

  /// `merges`: "left right", by rank; of equal pairs the last counts, as in Hugging Face. Throws
  /// InputError naming the first merge that is malformed or speaks of tokens outside the
  /// vocabulary.
  MergeTable(const std::vector<std::string>& merges, const Vocabulary& vocabulary);

  Merge find(TokenId left, TokenId right) const;

 private:
  struct Slot {
    uint64_t pair = kEmpty;
    Merge merge;
  };
  static constexpr uint64_t kEmpty = ~uint64_t{0};
  size_t slot_of(uint64_t pair) const;
  std::vector<Slot> slots_;  // a power of two, at most half full
  int shift_ = 0;
};

/// Byte-pair encoding of one word.
class BytePairEncoder {
 public:
  /// `vocabulary` must outlive the encoder. Throws InputError when some bytes have a token of their
  /// own in SentencePiece's alphabet and others have none.
  BytePairEncoder(const TokenizerSpec& spec, const Vocabulary& vocabulary);

  /// Working memory of encode, to be reused from word to word.
  struct Scratch {
    struct Symbol {
      TokenId token;  // -1: merged into its left neighbour
      int64_t previous, next;
      size_t begin;  // byte in the word
    };
    struct Candidate {
      int32_t rank;
      TokenId token;
      int64_t left;
      bool operator<(const Candidate& other) const;  // heap order: the least rank comes first
    };
    std::vector<Symbol> symbols;
    std::vector<Candidate> heap;
  };

  /// Appends the word's tokens and, for each, the byte of the word where it begins. Merges the pair
  /// of least rank, the leftmost first, until none is left: O(n log n). What the vocabulary has no
  /// token for becomes the unknown token, or is left out where there is none, as in Hugging Face.
  void encode(std::string_view word, Scratch& scratch, std::vector<TokenId>& ids,
              std::vector<size_t>& begins) const;

 private:
  void find_byte_tokens();
  TokenId character_token(std::string_view character) const;
  void split_into_bytes(std::string_view word, Scratch& scratch) const;
  void split_into_characters(std::string_view word, Scratch& scratch) const;
  void add_symbol(Scratch& scratch, TokenId token, size_t begin) const;
  void add_unknown(Scratch& scratch, size_t begin) const;
  void push_pair(Scratch& scratch, int64_t left) const;
  void merge_all(Scratch& scratch) const;

  const Vocabulary& vocabulary_;
  bool sentence_piece_, fuse_unknown_;
  TokenId unknown_;
  std::array<TokenId, 256> byte_tokens_;       // of single bytes, -1: none
  std::array<TokenId, 128> character_tokens_;  // of ASCII characters in SentencePiece's alphabet
  MergeTable merges_;
  std::unordered_map<std::string, TokenId> whole_words_;  // by the text they stand for
};

}  // namespace skipbench
