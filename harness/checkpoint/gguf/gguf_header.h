#pragma once

#include <cstring>
#include <map>
#include <string>

#include "harness/checkpoint/gguf/gguf_file.h"

namespace skipbench {

/// What stands before the tensor data of a GGUF file, checked against the file's size.
struct GgufHeader {
  std::map<std::string, GgufValue> values;
  std::map<std::string, GgufTensor, std::less<>> tensors;
};

/// Reads the header; the result refers to the file's bytes. Throws InputError without the file's
/// name, which the caller puts in front.
GgufHeader read_gguf_header(std::string_view bytes);

/// A little-endian number that may lie unaligned.
template <class T>
T gguf_number(std::string_view bytes) {
  T number{};
  std::memcpy(&number, bytes.data(), sizeof number);
  return number;
}

}  // namespace skipbench
