#include "harness/tasks/metrics/rouge.h"

#include <algorithm>
#include <unordered_map>

#include "harness/tasks/metrics/unicode.h"

namespace skipbench {
namespace {

using Sentence = std::vector<uint32_t>;  // words as numbers

constexpr size_t kMostMoves = 990;

class Words {
 public:
  uint32_t number(std::string_view word) {
    return numbers_.try_emplace(std::string(word), static_cast<uint32_t>(numbers_.size()))
        .first->second;
  }
  size_t size() const { return numbers_.size(); }

 private:
  std::unordered_map<std::string, uint32_t> numbers_;
};

// Pieces between full stops. An empty piece is none, but one of white space is a sentence of one
// empty word.
std::vector<Sentence> split_sentences(std::string_view text, Words& words) {
  std::vector<Sentence> sentences;
  while (!text.empty()) {
    const size_t end = std::min(text.find('.'), text.size());
    if (end > 0) {
      Sentence& sentence = sentences.emplace_back();
      for (const std::string& word : split_white_space(text.substr(0, end))) {
        sentence.push_back(words.number(word));
      }
      if (sentence.empty()) sentence.push_back(words.number(""));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return sentences;
}

size_t different_words(const std::vector<Sentence>& sentences, size_t vocabulary) {
  std::vector<bool> seen(vocabulary);
  for (const Sentence& sentence : sentences) {
    for (const uint32_t word : sentence) seen[word] = true;
  }
  return static_cast<size_t>(std::count(seen.begin(), seen.end(), true));
}

// Marks the words of common subsequences. One object serves all pairs, so that the table is kept.
class CommonWords {
 public:
  CommonWords(size_t vocabulary, size_t most_moves) : most_moves_(most_moves), taken_(vocabulary) {}

  // False when the walk back takes more moves than the package manages.
  bool add(const Sentence& reference, const Sentence& hypothesis) {
    fill(reference, hypothesis);
    const size_t width = hypothesis.size() + 1;
    size_t i = reference.size(), j = hypothesis.size();
    for (size_t moves = 0; i > 0 && j > 0; ++moves) {
      if (moves == most_moves_) return false;
      if (reference[i - 1] == hypothesis[j - 1]) {
        taken_[reference[i - 1]] = true;
        --i;
        --j;
      } else if (lengths_[(i - 1) * width + j] > lengths_[i * width + j - 1]) {
        --i;
      } else {
        --j;
      }
    }
    return true;
  }

  size_t count() const {
    return static_cast<size_t>(std::count(taken_.begin(), taken_.end(), true));
  }

 private:
  // lengths_[i * width + j]: the longest common subsequence of the first i and j words.
  void fill(const Sentence& reference, const Sentence& hypothesis) {
    const size_t width = hypothesis.size() + 1;
    lengths_.assign((reference.size() + 1) * width, 0);
    for (size_t i = 1; i <= reference.size(); ++i) {
      const uint32_t* above = &lengths_[(i - 1) * width];
      uint32_t* row = &lengths_[i * width];
      for (size_t j = 1; j < width; ++j) {
        row[j] = reference[i - 1] == hypothesis[j - 1] ? above[j - 1] + 1
                                                       : std::max(above[j], row[j - 1]);
      }
    }
  }

  size_t most_moves_;
  std::vector<bool> taken_;
  std::vector<uint32_t> lengths_;
};

}  // namespace

double rouge_l(std::string_view prediction, std::string_view gold, size_t most_moves) {
  Words words;
  const std::vector<Sentence> hypothesis = split_sentences(prediction, words);
  const std::vector<Sentence> reference = split_sentences(gold, words);
  if (hypothesis.empty() || reference.empty()) return 0.0;

  CommonWords common(words.size(), most_moves);
  for (const Sentence& sentence : reference) {
    for (const Sentence& other : hypothesis) {
      if (!common.add(sentence, other)) return 0.0;
    }
  }
  const auto shared = static_cast<double>(common.count());
  const double recall = shared / static_cast<double>(different_words(reference, words.size()));
  const double precision = shared / static_cast<double>(different_words(hypothesis, words.size()));
  return 2.0 * ((precision * recall) / (precision + recall + 1e-8));
}

double rouge(const ReplyAndGold& comparison) {
  return rouge_l(comparison.prediction, comparison.gold, kMostMoves);
}

}  // namespace skipbench
