#pragma once

#include <cstdint>
#include <vector>

namespace skipbench {

/// One prompt as the model sees it.
struct Prompt {
  std::vector<int32_t> tokens;
  /// Half-open span of the user's own content; what lies outside belongs to the chat template.
  int64_t content_begin = 0;
  int64_t content_end = 0;
  /// Seeds what a method draws at random, from the experiment's seed and the sample.
  uint64_t seed = 0;

  int64_t length() const { return static_cast<int64_t>(tokens.size()); }
};

}  // namespace skipbench
