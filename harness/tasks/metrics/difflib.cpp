#include "harness/tasks/metrics/difflib.h"

#include <unordered_map>
#include <vector>

namespace skipbench {
namespace {

struct Range {
  size_t a_begin, a_end, b_begin, b_end;
};

struct Match {
  size_t a, b, size;
};

class SequenceMatcher {
 public:
  SequenceMatcher(std::u32string_view a, std::u32string_view b)
      : a_(a), b_(b), run_length_(b.size() + 1), next_run_length_(b.size() + 1) {
    for (size_t j = 0; j < b.size(); ++j) places_in_b_[b[j]].push_back(j);
    drop_popular();
  }

  size_t matching_elements() {
    size_t total = 0;
    std::vector<Range> left_to_do = {{0, a_.size(), 0, b_.size()}};
    while (!left_to_do.empty()) {
      const Range range = left_to_do.back();
      left_to_do.pop_back();
      const Match match = longest_match(range);
      if (match.size == 0) continue;
      total += match.size;
      left_to_do.push_back({range.a_begin, match.a, range.b_begin, match.b});
      left_to_do.push_back({match.a + match.size, range.a_end, match.b + match.size, range.b_end});
    }
    return total;
  }

 private:
  void drop_popular() {
    constexpr size_t kLong = 200;
    if (b_.size() < kLong) return;
    const size_t most = b_.size() / 100 + 1;
    std::erase_if(places_in_b_, [&](const auto& entry) { return entry.second.size() > most; });
  }

  // Of the longest matches the one that starts first in a, and of those the first in b.
  Match longest_match(const Range& range) {
    Match best{range.a_begin, range.b_begin, 0};
    // run_length_[j + 1]: the length of the match that ends at the element of a before i and at
    // b[j]. Only the entries in `used` differ from 0.
    std::vector<size_t> used;
    for (size_t i = range.a_begin; i < range.a_end; ++i) {
      std::vector<size_t> used_next;
      const auto places = places_in_b_.find(a_[i]);
      if (places != places_in_b_.end()) {
        for (const size_t j : places->second) {
          if (j < range.b_begin) continue;
          if (j >= range.b_end) break;
          const size_t length = run_length_[j] + 1;
          next_run_length_[j + 1] = length;
          used_next.push_back(j + 1);
          if (length > best.size) best = {i + 1 - length, j + 1 - length, length};
        }
      }
      for (const size_t j : used) run_length_[j] = 0;
      std::swap(run_length_, next_run_length_);
      used = std::move(used_next);
    }
    for (const size_t j : used) run_length_[j] = 0;
    return extended(best, range);
  }

  // Popular elements start no match, but lengthen one.
  Match extended(Match match, const Range& range) const {
    while (match.a > range.a_begin && match.b > range.b_begin &&
           a_[match.a - 1] == b_[match.b - 1]) {
      --match.a;
      --match.b;
      ++match.size;
    }
    while (match.a + match.size < range.a_end && match.b + match.size < range.b_end &&
           a_[match.a + match.size] == b_[match.b + match.size]) {
      ++match.size;
    }
    return match;
  }

  std::u32string_view a_, b_;
  std::unordered_map<char32_t, std::vector<size_t>> places_in_b_;
  std::vector<size_t> run_length_, next_run_length_;
};

}  // namespace

double sequence_matcher_ratio(std::u32string_view a, std::u32string_view b) {
  if (a.empty() && b.empty()) return 1.0;
  const auto matching = static_cast<double>(SequenceMatcher(a, b).matching_elements());
  return 2.0 * matching / static_cast<double>(a.size() + b.size());
}

}  // namespace skipbench
