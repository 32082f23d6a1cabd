#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace skipbench {

/// When greedy decoding ends.
struct GenerationRules {
  int64_t max_new_tokens = 16;
  bool ignore_eos = false;               // exactly max_new_tokens, for timing
  std::vector<int32_t> end_tokens = {};  // end of text, end of turn
  std::vector<int32_t> not_first = {};   // tokens that a reply does not begin with
  /// Whether a token ends the reply's first line; empty: lines do not matter. Leading empty lines
  /// are asked about as well, so the rule can look at the tokens before.
  std::function<bool(const std::vector<int32_t>& generated)> line_ended = {};
};

/// Why decoding ended: "" while it goes on, else "eos", "newline" or "length".
std::string finish_reason(const GenerationRules& rules, const std::vector<int32_t>& generated);

}  // namespace skipbench
