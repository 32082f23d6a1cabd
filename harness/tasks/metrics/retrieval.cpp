#include "harness/tasks/metrics/retrieval.h"

#include <vector>

#include "harness/tasks/metrics/share_of_numbers.h"
#include "harness/tasks/metrics/unicode.h"

namespace skipbench {
namespace {

// The first number right after `word`; "" where there is none, which equals no number.
std::string_view number_behind(std::string_view word, std::string_view gold) {
  for (size_t at = gold.find(word); at != std::string_view::npos; at = gold.find(word, at + 1)) {
    const std::string_view rest = gold.substr(at + word.size());
    const std::vector<std::string_view> numbers = numbers_in(rest);
    if (!numbers.empty() && numbers[0].data() == rest.data()) return numbers[0];
  }
  return {};
}

}  // namespace

double retrieval(const ReplyAndGold& comparison) {
  return share_of_numbers(comparison.prediction, number_behind("Paragraph ", comparison.gold));
}

double retrieval_zh(const ReplyAndGold& comparison) {
  return share_of_numbers(comparison.prediction, number_behind("段落", comparison.gold));
}

}  // namespace skipbench
