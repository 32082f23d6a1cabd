#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace skipbench {

/// How many tokens may be selected: a count, or a share of the prompt length N.
class Budget {
 public:
  constexpr Budget() = default;
  static constexpr Budget tokens(int64_t count) { return Budget(count, 0.0); }
  static constexpr Budget share(double share) { return Budget(0, share); }

  constexpr bool is_share() const { return share_ > 0.0; }
  constexpr int64_t token_count() const { return count_; }
  constexpr double share_of_prompt() const { return share_; }

  /// Tokens for a prompt of `prompt_length`: the count itself, or floor(share x N) in double.
  /// Not yet capped at the number of living tokens (see select_count).
  int64_t resolve(int64_t prompt_length) const {
    if (!is_share()) return count_;
    return static_cast<int64_t>(std::floor(share_ * static_cast<double>(prompt_length)));
  }

  friend constexpr bool operator==(const Budget&, const Budget&) = default;

 private:
  constexpr Budget(int64_t count, double share) : count_(count), share_(share) {}
  int64_t count_ = 0;
  double share_ = 0.0;  // 0: the budget is a count
};

/// A resolved budget brought into what can be selected: at least 1, at most the living tokens.
inline int64_t select_count(int64_t resolved, int64_t live) {
  return std::clamp<int64_t>(resolved, 1, live);
}

}  // namespace skipbench
