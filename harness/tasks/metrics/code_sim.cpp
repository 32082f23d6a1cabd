#include "harness/tasks/metrics/code_sim.h"

#include <algorithm>
#include <cmath>

#include "harness/tasks/metrics/difflib.h"
#include "harness/tasks/metrics/unicode.h"

namespace skipbench {
namespace {

using Ratio = double (*)(std::u32string_view, std::u32string_view);

bool holds_comment(std::string_view line) {
  return line.find_first_of("`#") != std::string_view::npos ||
         line.find("//") != std::string_view::npos;
}

std::string_view first_line_of_code(std::string_view prediction) {
  prediction.remove_prefix(std::min(prediction.find_first_not_of('\n'), prediction.size()));
  while (true) {
    const size_t end = prediction.find('\n');
    const std::string_view line = prediction.substr(0, end);
    if (!holds_comment(line)) return line;
    if (end == std::string_view::npos) return {};
    prediction.remove_prefix(end + 1);
  }
}

double similarity(const ReplyAndGold& comparison, Ratio ratio) {
  const std::string_view line = first_line_of_code(comparison.prediction);
  if (line == comparison.gold) return 1.0;
  if (line.empty() || comparison.gold.empty()) return 0.0;
  const double exact = ratio(code_points(line), code_points(comparison.gold));
  // Python's round(): halves go to the even neighbour, as nearbyint() has it by default.
  return std::nearbyint(100 * exact) / 100;
}

// (|a| + |b| - d) / (|a| + |b|), d = insertions and deletions, which is twice the longest common
// subsequence over the sum.
double indel_ratio(std::u32string_view a, std::u32string_view b) {
  std::vector<size_t> above(b.size() + 1), row(b.size() + 1);
  for (const char32_t c : a) {
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = c == b[j - 1] ? above[j - 1] + 1 : std::max(above[j], row[j - 1]);
    }
    std::swap(above, row);
  }
  return static_cast<double>(2 * above[b.size()]) / static_cast<double>(a.size() + b.size());
}

}  // namespace

double code_sim(const ReplyAndGold& comparison) {
  return similarity(comparison, sequence_matcher_ratio);
}

double code_sim_levenshtein(const ReplyAndGold& comparison) {
  return similarity(comparison, indel_ratio);
}

}  // namespace skipbench
