#pragma once

#include <array>
#include <filesystem>
#include <string_view>
#include <vector>

namespace skipbench {

/// Chinese characters as jieba has them: the CJK block up to Unicode 8.
constexpr bool is_chinese(char32_t c) {
  return c >= 0x4E00 && c <= 0x9FD5;
}

/// A hidden Markov model that finds the words in a run of Chinese characters of which no dictionary
/// knows any. Its states say where in its word a character stands: at the Beginning or End, in the
/// Middle, or as a word by itself (Single).
class HiddenMarkov {
 public:
  /// Tables as in jieba's finalseg, natural logarithms: {"start": {"B": ..}, "trans": {"B":
  /// {"E": ..}}, "emit": {"B": {character: ..}}}. Throws InputError naming file and key.
  explicit HiddenMarkov(const std::filesystem::path& file);

  /// The lengths of the words of the most probable path (Viterbi) through `run`, which consists of
  /// Chinese characters alone; equal paths are decided by the state's letter, the later one wins.
  std::vector<size_t> word_lengths(std::u32string_view run) const;

 private:
  enum State { kBegin, kEnd, kMiddle, kSingle, kStates };  // in the order of their letters
  using Row = std::array<double, kStates>;

  std::vector<State> best_path(std::u32string_view run) const;
  double emission(State state, char32_t character) const;

  Row start_;
  std::array<Row, kStates> transition_;  // [from][to]
  std::array<std::vector<double>, kStates> emission_;
};

}  // namespace skipbench
