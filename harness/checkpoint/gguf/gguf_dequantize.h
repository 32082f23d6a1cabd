#pragma once

#include <cstdint>
#include <string_view>

#include "harness/checkpoint/gguf/gguf_types.h"

namespace skipbench {

/// Expands whole blocks to fp32, bit by bit as the Python package gguf does. `data` holds
/// `block_count` blocks, `out` receives block_count x block_size numbers. Blocks are independent of
/// each other, so ranges of them may run in parallel.
void gguf_dequantize(const GgufTensorTypeInfo& type, const char* data, int64_t block_count,
                     float* out);

}  // namespace skipbench
