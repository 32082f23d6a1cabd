#include "harness/reply/generation.h"

#include <algorithm>

namespace skipbench {

std::string finish_reason(const GenerationRules& rules, const std::vector<int32_t>& generated) {
  if (generated.empty()) return "";
  if (!rules.ignore_eos) {
    const auto& ends = rules.end_tokens;
    if (std::find(ends.begin(), ends.end(), generated.back()) != ends.end()) return "eos";
    if (rules.line_ended && rules.line_ended(generated)) return "newline";
  }
  return static_cast<int64_t>(generated.size()) >= rules.max_new_tokens ? "length" : "";
}

}  // namespace skipbench
