#include "harness/tasks/metrics/qa_f1_zh.h"

#include "harness/tasks/chinese/segmenter.h"
#include "harness/tasks/metrics/qa_f1.h"
#include "harness/tasks/metrics/unicode.h"

namespace skipbench {
namespace {

constexpr std::u32string_view kChinesePunctuation =
    U"！？｡。＂＃＄％＆＇（）＊＋，－／：；＜＝＞＠［＼］＾＿｀｛｜｝～｟｠｢｣､、〃》「」『』【】〔"
    U"〕〖〗〘〙〚〛〜〝〞〟"
    U"〰〾〿–—‘’‛“”„‟…‧﹏.";

bool is_dropped(char32_t c) {
  if (c < 0x80) return is_ascii_punctuation(static_cast<char>(c)) || is_white_space(c);
  return kChinesePunctuation.find(c) != std::u32string_view::npos || is_white_space(c);
}

std::string normalized(std::string_view word) {
  const std::string lowered = lower(word);
  std::string kept;
  for (size_t at = 0; at < lowered.size();) {
    const size_t begin = at;
    if (!is_dropped(next_code_point(lowered, at))) kept.append(lowered, begin, at - begin);
  }
  return kept;
}

}  // namespace

std::vector<std::string> normalized_chinese_words(std::string_view text) {
  std::vector<std::string> words;
  for (const std::string_view word : chinese_segmenter().cut(text)) {
    std::string kept = normalized(word);
    if (!kept.empty()) words.push_back(std::move(kept));
  }
  return words;
}

double qa_f1_zh(const ReplyAndGold& comparison) {
  return word_overlap_f1(normalized_chinese_words(comparison.prediction),
                         normalized_chinese_words(comparison.gold));
}

}  // namespace skipbench
