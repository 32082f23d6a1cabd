#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/mapped_file.h"
#include "harness/checkpoint/gguf/gguf_types.h"

namespace skipbench {

/// A metadata value where it lies in the file.
struct GgufValue {
  GgufValueType type;
  GgufValueType element_type;  // of an array
  uint64_t count = 1;          // elements of an array
  std::string_view bytes;      // a string's own text, or the encoded value or elements
};

/// A tensor where it lies in the file.
struct GgufTensor {
  std::string name;
  const GgufTensorTypeInfo* type;
  std::vector<int64_t> shape;  // outermost first, as in PyTorch; rows are contiguous
  std::string_view data;

  int64_t elements() const;
};

/// A GGUF file, version 2 or 3, memory-mapped. Everything in the header is checked on opening: each
/// count, length, shape and offset lies inside the file. Throws InputError naming the file, what in
/// it is wrong and what was expected. (github.com/ggml-org/ggml, docs/gguf.md)
class GgufFile {
 public:
  explicit GgufFile(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return file_.path(); }

  /// Metadata by key. The plain forms throw InputError when the key is missing, the find forms
  /// return nothing; both throw when the value has another type than asked for.
  std::string_view text(const std::string& key) const;
  int64_t integer(const std::string& key) const;
  double number(const std::string& key) const;
  std::vector<std::string> texts(const std::string& key) const;
  std::vector<int64_t> integers(const std::string& key) const;
  std::optional<std::string_view> find_text(const std::string& key) const;
  std::optional<int64_t> find_integer(const std::string& key) const;
  std::optional<double> find_number(const std::string& key) const;
  std::optional<bool> find_flag(const std::string& key) const;
  bool has(const std::string& key) const { return values_.contains(key); }

  const std::map<std::string, GgufTensor, std::less<>>& tensors() const { return tensors_; }
  const GgufTensor* find_tensor(std::string_view name) const;
  /// Throws InputError when the file has no such tensor, or one of another shape.
  const GgufTensor& tensor(std::string_view name, const std::vector<int64_t>& shape) const;

  /// Throws InputError that begins with the file's name.
  [[noreturn]] void fail(std::string_view problem) const;

 private:
  const GgufValue* find_value(const std::string& key) const;
  const GgufValue& value(const std::string& key) const;
  [[noreturn]] void fail_type(const std::string& key, const GgufValue& value,
                              std::string_view expected) const;

  MappedFile file_;
  std::map<std::string, GgufValue> values_;
  std::map<std::string, GgufTensor, std::less<>> tensors_;
};

}  // namespace skipbench
