#pragma once

#include <cstdint>

namespace skipbench::ops {

/// The grain of a sparse attention pattern.
inline constexpr int64_t kQueryBlock = 128;  // rows of a query block
inline constexpr int64_t kKeyBlock = 64;     // keys of a key block

/// Blocks that T tokens fall into; the last may be partial.
constexpr int64_t query_blocks(int64_t tokens) {
  return (tokens + kQueryBlock - 1) / kQueryBlock;
}
constexpr int64_t key_blocks(int64_t tokens) {
  return (tokens + kKeyBlock - 1) / kKeyBlock;
}

}  // namespace skipbench::ops
