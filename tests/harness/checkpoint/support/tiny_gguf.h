#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/harness/checkpoint/support/gguf_writer.h"

namespace skipbench {

/// Sizes of the tiny model: L 2, D 8, F 12, H 4, Hkv 2, d 4 (so that H x d differs from D).
struct TinySizes {
  uint32_t layers = 2, width = 8, ffn_width = 12, query_heads = 4, kv_heads = 2, head_size = 4;
  uint32_t vocabulary = 270;
};

/// Weights as the model core should see them (rotated halves), row-major, by GGUF tensor name.
using TinyWeights = std::map<std::string, std::vector<float>>;
TinyWeights tiny_weights(const TinySizes& sizes, bool bias, bool tied);
/// [rows, columns] of a tensor of so many elements, by its GGUF name; [elements] of a vector.
std::vector<int64_t> tiny_tensor_shape(const std::string& name, size_t elements,
                                       const TinySizes& sizes);

/// A whole model file with tokenizer and chat template. For "llama" the q and k rows are put into
/// interleaved order, as llama.cpp's converter does.
GgufWriter tiny_gguf(const std::string& architecture, const TinyWeights& weights);

}  // namespace skipbench
