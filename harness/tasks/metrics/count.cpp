#include "harness/tasks/metrics/count.h"

#include <algorithm>

#include "harness/tasks/metrics/unicode.h"

namespace skipbench {
namespace {

double share_of_numbers(std::string_view prediction, std::string_view right) {
  const std::vector<std::string_view> numbers = numbers_in(prediction);
  if (numbers.empty()) return 0.0;
  return static_cast<double>(std::count(numbers.begin(), numbers.end(), right)) /
         static_cast<double>(numbers.size());
}

// The first number right behind `word`; "" where there is none, which equals no number.
std::string_view number_behind(std::string_view word, std::string_view gold) {
  for (size_t at = gold.find(word); at != std::string_view::npos; at = gold.find(word, at + 1)) {
    const std::string_view rest = gold.substr(at + word.size());
    const std::vector<std::string_view> numbers = numbers_in(rest);
    if (!numbers.empty() && numbers[0].data() == rest.data()) return numbers[0];
  }
  return {};
}

}  // namespace

double count(const ReplyAndGold& comparison) {
  return share_of_numbers(comparison.prediction, comparison.gold);
}

double retrieval(const ReplyAndGold& comparison) {
  return share_of_numbers(comparison.prediction, number_behind("Paragraph ", comparison.gold));
}

double retrieval_zh(const ReplyAndGold& comparison) {
  return share_of_numbers(comparison.prediction, number_behind("段落", comparison.gold));
}

}  // namespace skipbench
