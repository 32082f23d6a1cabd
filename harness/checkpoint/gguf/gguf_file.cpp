#include "harness/checkpoint/gguf/gguf_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/checkpoint/gguf/gguf_header.h"
#include "kernels/base/error.h"
#include "kernels/base/suggest.h"

namespace skipbench {
namespace {

std::optional<int64_t> as_integer(GgufValueType type, std::string_view bytes) {
  switch (type) {
    case GgufValueType::kUint8:
      return gguf_number<uint8_t>(bytes);
    case GgufValueType::kInt8:
      return gguf_number<int8_t>(bytes);
    case GgufValueType::kUint16:
      return gguf_number<uint16_t>(bytes);
    case GgufValueType::kInt16:
      return gguf_number<int16_t>(bytes);
    case GgufValueType::kUint32:
      return gguf_number<uint32_t>(bytes);
    case GgufValueType::kInt32:
      return gguf_number<int32_t>(bytes);
    case GgufValueType::kInt64:
      return gguf_number<int64_t>(bytes);
    case GgufValueType::kUint64: {
      const auto number = gguf_number<uint64_t>(bytes);
      if (number > static_cast<uint64_t>(INT64_MAX)) return std::nullopt;
      return static_cast<int64_t>(number);
    }
    default:
      return std::nullopt;
  }
}

std::optional<double> as_number(GgufValueType type, std::string_view bytes) {
  if (type == GgufValueType::kFloat32) return gguf_number<float>(bytes);
  if (type == GgufValueType::kFloat64) return gguf_number<double>(bytes);
  return as_integer(type, bytes);
}

}  // namespace

int64_t GgufTensor::elements() const {
  int64_t count = 1;
  for (int64_t size : shape) count *= size;
  return count;
}

GgufFile::GgufFile(const std::filesystem::path& path) : file_(path) {
  try {
    GgufHeader header = read_gguf_header(file_.bytes());
    values_ = std::move(header.values);
    tensors_ = std::move(header.tensors);
  } catch (const InputError& error) {
    fail(error.what());
  }
}

void GgufFile::fail(std::string_view problem) const {
  throw InputError(fmt::format("{}: {}", path().string(), problem));
}

void GgufFile::fail_type(const std::string& key, const GgufValue& value,
                         std::string_view expected) const {
  fail(fmt::format("key '{}' is of type {}, expected {}", key, gguf_value_type_name(value.type),
                   expected));
}

const GgufValue* GgufFile::find_value(const std::string& key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? nullptr : &found->second;
}

const GgufValue& GgufFile::value(const std::string& key) const {
  if (const GgufValue* found = find_value(key)) return *found;
  fail(fmt::format("the metadata has no key '{}'", key));
}

std::string_view GgufFile::text(const std::string& key) const {
  const GgufValue& found = value(key);
  if (found.type != GgufValueType::kString) fail_type(key, found, "a string");
  return found.bytes;
}

int64_t GgufFile::integer(const std::string& key) const {
  const GgufValue& found = value(key);
  const auto number = as_integer(found.type, found.bytes);
  if (!number) fail_type(key, found, "an integer");
  return *number;
}

double GgufFile::number(const std::string& key) const {
  const GgufValue& found = value(key);
  const auto number = as_number(found.type, found.bytes);
  if (!number) fail_type(key, found, "a number");
  return *number;
}

std::vector<std::string> GgufFile::texts(const std::string& key) const {
  const GgufValue& array = value(key);
  if (array.type != GgufValueType::kArray || array.element_type != GgufValueType::kString) {
    fail_type(key, array, "an array of strings");
  }
  std::vector<std::string> texts;
  texts.reserve(array.count);
  std::string_view rest = array.bytes;
  for (uint64_t i = 0; i < array.count; ++i) {
    const auto length = gguf_number<uint64_t>(rest);
    texts.emplace_back(rest.substr(sizeof length, length));
    rest.remove_prefix(sizeof length + length);
  }
  return texts;
}

std::vector<int64_t> GgufFile::integers(const std::string& key) const {
  const GgufValue& array = value(key);
  const size_t size = gguf_value_bytes(array.element_type);
  std::vector<int64_t> integers;
  if (array.type != GgufValueType::kArray || size == 0) fail_type(key, array, "array of integers");
  integers.reserve(array.count);
  for (uint64_t i = 0; i < array.count; ++i) {
    const auto number = as_integer(array.element_type, array.bytes.substr(i * size, size));
    if (!number) fail_type(key, array, "an array of integers");
    integers.push_back(*number);
  }
  return integers;
}

std::optional<std::string_view> GgufFile::find_text(const std::string& key) const {
  if (!has(key)) return std::nullopt;
  return text(key);
}

std::optional<int64_t> GgufFile::find_integer(const std::string& key) const {
  if (!has(key)) return std::nullopt;
  return integer(key);
}

std::optional<double> GgufFile::find_number(const std::string& key) const {
  if (!has(key)) return std::nullopt;
  return number(key);
}

std::optional<bool> GgufFile::find_flag(const std::string& key) const {
  const GgufValue* found = find_value(key);
  if (found == nullptr) return std::nullopt;
  if (found->type != GgufValueType::kBool) fail_type(key, *found, "a bool");
  return found->bytes[0] != 0;
}

const GgufTensor* GgufFile::find_tensor(std::string_view name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : &found->second;
}

const GgufTensor& GgufFile::tensor(std::string_view name, const std::vector<int64_t>& shape) const {
  const GgufTensor* found = find_tensor(name);
  if (found == nullptr) fail(fmt::format("tensor '{}' is missing", name));
  if (found->shape != shape) {
    fail(fmt::format("tensor '{}' has shape [{}], expected [{}]", name,
                     fmt::join(found->shape, ", "), fmt::join(shape, ", ")));
  }
  return *found;
}

}  // namespace skipbench
