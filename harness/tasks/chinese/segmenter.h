#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "harness/tasks/chinese/hidden_markov.h"
#include "harness/tasks/chinese/word_list.h"

namespace skipbench {

/// Splits Chinese text into words exactly as jieba 0.42.1 in precise mode, `cut(text)`: the most
/// probable way through the words of the dictionary; the hidden Markov model finds words among the
/// single characters that it leaves.
class Segmenter {
 public:
  /// `folder` holds dict.txt and hmm.json, which scripts/fetch_jieba puts there. Throws InputError.
  explicit Segmenter(const std::filesystem::path& folder);

  /// The words in order; joined they are `text` again. Each is a part of `text`, which is UTF-8.
  std::vector<std::string_view> cut(std::string_view text) const;

 private:
  WordList words_;
  HiddenMarkov unknown_words_;
};

/// The segmenter over the files in the cache folder, loaded when it is first asked for. Throws
/// InputError with the command that fetches them when they are not there.
const Segmenter& chinese_segmenter();

}  // namespace skipbench
