#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

namespace skipbench {

/// The words of a Chinese dictionary as a trie over code points, each with the natural logarithm of
/// its share of all counts.
class WordList {
 public:
  /// A place in the trie: the beginning of some word.
  using Node = uint32_t;
  static constexpr Node kRoot = 0;
  static constexpr Node kNowhere = UINT32_MAX;

  /// Lines "word count tag" as in jieba's dict.txt. Throws InputError naming file and line.
  explicit WordList(const std::filesystem::path& file);

  /// Where `character` leads from `node`; kNowhere when no word goes on like that.
  Node next(Node node, char32_t character) const;
  /// Whether a word ends here, one that was counted at least once.
  bool is_word(Node node) const { return log_shares_[node] != kNoWord; }
  double log_share(Node node) const { return log_shares_[node]; }
  /// The logarithm of the share of a word that is not in the list: as if counted once.
  double unknown_log_share() const { return -log_total_; }

 private:
  // A link of the trie in a hash table with linear probing; `child` is kNowhere where it is empty.
  struct Link {
    uint64_t key = 0;
    Node child = kNowhere;
  };
  static constexpr double kNoWord = 1.0;  // no share's logarithm is positive

  size_t slot(uint64_t key) const;
  Node add_next(Node node, char32_t character);
  void add(std::string_view word, double log_count);
  void grow();

  std::vector<Link> links_;  // a power of two
  std::vector<double> log_shares_;
  double log_total_ = 0;
};

}  // namespace skipbench
