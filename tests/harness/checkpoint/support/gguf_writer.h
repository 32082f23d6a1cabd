#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "harness/checkpoint/gguf/gguf_types.h"

namespace skipbench {

/// Writes GGUF files for tests, honest ones and, through the public fields, lying ones.
class GgufWriter {
 public:
  std::string magic = "GGUF";
  uint32_t version = 3;
  int64_t tensor_count_lie = 0, key_count_lie = 0;  // added to the true counts

  /// A key with its value as it lies in the file.
  void add(std::string_view key, GgufValueType type, std::string value);
  void add_text(std::string_view key, std::string_view text);
  void add_uint32(std::string_view key, uint32_t value);
  void add_float32(std::string_view key, float value);
  void add_bool(std::string_view key, bool value);
  void add_texts(std::string_view key, const std::vector<std::string>& texts);
  void add_int32s(std::string_view key, const std::vector<int32_t>& values);
  void remove(std::string_view key);

  struct Tensor {
    std::string name;
    uint32_t type;
    std::vector<uint64_t> shape;  // outermost first
    std::string data;
    uint64_t offset_lie = 0;  // added to the true offset
  };
  void add_tensor(std::string name, std::vector<uint64_t> shape, const std::vector<float>& values);
  std::vector<Tensor> tensors;
  Tensor& tensor(std::string_view name);

  std::string bytes() const;
  /// Writes the file into the tests' temporary folder.
  std::filesystem::path write(const std::string& name) const;

 private:
  struct Key {
    std::string key, encoded;
  };
  std::vector<Key> keys_;
};

/// Encoded forms, for values put together by hand.
std::string gguf_string(std::string_view text);
template <class T>
std::string gguf_bytes(T number) {
  return {reinterpret_cast<const char*>(&number), sizeof number};
}

}  // namespace skipbench
