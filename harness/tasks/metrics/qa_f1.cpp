#include "harness/tasks/metrics/qa_f1.h"

#include <algorithm>
#include <iterator>

#include "harness/tasks/metrics/unicode.h"

namespace skipbench {
namespace {

std::string without_punctuation(std::string text) {
  std::erase_if(text, is_ascii_punctuation);
  return text;
}

bool is_article(std::string_view word) {
  return word == "a" || word == "an" || word == "the";
}

// Python's re.sub(r"\b(a|an|the)\b", " ", text): a match is a whole run of word characters.
std::string without_articles(std::string_view text) {
  std::string kept;
  kept.reserve(text.size());
  size_t at = 0;
  while (at < text.size()) {
    const size_t begin = at;
    size_t end = at;
    while (at < text.size() && is_word(next_code_point(text, at))) end = at;
    const std::string_view run = text.substr(begin, end - begin);
    if (is_article(run)) {
      kept += ' ';
    } else {
      kept += run;
    }
    kept += text.substr(end, at - end);  // the character after the run, none at the end
  }
  return kept;
}

}  // namespace

std::vector<std::string> normalized_words(std::string_view text) {
  return split_white_space(without_articles(without_punctuation(lower(text))));
}

double word_overlap_f1(std::vector<std::string> prediction, std::vector<std::string> gold) {
  std::sort(prediction.begin(), prediction.end());
  std::sort(gold.begin(), gold.end());
  std::vector<std::string> common;
  std::set_intersection(prediction.begin(), prediction.end(), gold.begin(), gold.end(),
                        std::back_inserter(common));
  if (common.empty()) return 0.0;
  const auto overlap = static_cast<double>(common.size());
  const double precision = overlap / static_cast<double>(prediction.size());
  const double recall = overlap / static_cast<double>(gold.size());
  return (2 * precision * recall) / (precision + recall);
}

double qa_f1(const ReplyAndGold& comparison) {
  return word_overlap_f1(normalized_words(comparison.prediction),
                         normalized_words(comparison.gold));
}

}  // namespace skipbench
