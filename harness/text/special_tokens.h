#pragma once

#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/text/tokenizer.h"

namespace skipbench {

/// Finds special tokens in a text: at each place the longest one, the leftmost place first.
class SpecialTokens {
 public:
  struct Match {
    size_t begin = 0, length = 0;
    TokenId token = -1;  // -1: none
  };

  /// Makes `text` stand for `token`; an empty text is never found.
  void add(std::string_view text, TokenId token);

  /// The first match at or after byte `from`.
  Match find(std::string_view text, size_t from) const;

 private:
  struct Node {
    TokenId token = -1;
    std::vector<std::pair<char, int>> children;  // byte -> node; few at every node
    int child(char byte) const;
  };
  Match longest_at(std::string_view text, size_t begin) const;

  std::vector<Node> nodes_ = {Node{}};  // a trie, the root first
  std::array<bool, 256> starts_{};      // bytes with which some token begins
};

}  // namespace skipbench
