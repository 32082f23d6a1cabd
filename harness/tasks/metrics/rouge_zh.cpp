#include "harness/tasks/metrics/rouge_zh.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/tasks/chinese/segmenter.h"
#include "harness/tasks/metrics/rouge.h"

namespace skipbench {
namespace {

// One fewer than rouge(): the Chinese score calls the package from one function deeper.
constexpr size_t kMostMovesZh = 989;

std::string words_with_spaces(std::string_view text) {
  return fmt::format("{}", fmt::join(chinese_segmenter().cut(text), " "));
}

}  // namespace

double rouge_zh(const ReplyAndGold& comparison) {
  return rouge_l(words_with_spaces(comparison.prediction), words_with_spaces(comparison.gold),
                 kMostMovesZh);
}

}  // namespace skipbench
