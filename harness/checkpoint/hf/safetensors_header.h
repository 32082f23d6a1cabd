#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace skipbench {

/// A tensor where it lies in a safetensors file.
struct SafetensorsTensor {
  std::string dtype;            // as the file has it: "BF16"
  std::vector<int64_t> shape;   // outermost first; rows are contiguous
  uint64_t begin = 0, end = 0;  // bytes of the file

  uint64_t bytes() const { return end - begin; }
};

using SafetensorsTensors = std::map<std::string, SafetensorsTensor, std::less<>>;

/// Reads the header of a whole safetensors file and checks every tensor against its shape, its
/// dtype and the file's size: the tensors must fill the file without overlap or hole, as the format
/// asks. Never allocates more than in proportion to the header. Throws InputError without the
/// file's name, which the caller puts in front. (github.com/huggingface/safetensors, README,
/// "Format")
SafetensorsTensors read_safetensors_header(std::string_view file);

}  // namespace skipbench
