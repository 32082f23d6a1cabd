#include "tests/harness/checkpoint/support/gguf_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

namespace skipbench {
namespace {

constexpr size_t kAlignment = 32;

void pad(std::string& bytes) {
  bytes.resize((bytes.size() + kAlignment - 1) / kAlignment * kAlignment, '\0');
}

}  // namespace

std::string gguf_string(std::string_view text) {
  return gguf_bytes<uint64_t>(text.size()) + std::string(text);
}

void GgufWriter::add(std::string_view key, GgufValueType type, std::string value) {
  keys_.push_back({std::string(key),
                   gguf_string(key) + gguf_bytes(static_cast<uint32_t>(type)) + std::move(value)});
}

void GgufWriter::add_text(std::string_view key, std::string_view text) {
  add(key, GgufValueType::kString, gguf_string(text));
}

void GgufWriter::add_uint32(std::string_view key, uint32_t value) {
  add(key, GgufValueType::kUint32, gguf_bytes(value));
}

void GgufWriter::add_float32(std::string_view key, float value) {
  add(key, GgufValueType::kFloat32, gguf_bytes(value));
}

void GgufWriter::add_bool(std::string_view key, bool value) {
  add(key, GgufValueType::kBool, std::string(1, value ? '\1' : '\0'));
}

void GgufWriter::add_texts(std::string_view key, const std::vector<std::string>& texts) {
  std::string value = gguf_bytes(static_cast<uint32_t>(GgufValueType::kString)) +
                      gguf_bytes<uint64_t>(texts.size());
  for (const std::string& text : texts) value += gguf_string(text);
  add(key, GgufValueType::kArray, std::move(value));
}

void GgufWriter::add_int32s(std::string_view key, const std::vector<int32_t>& values) {
  std::string value = gguf_bytes(static_cast<uint32_t>(GgufValueType::kInt32)) +
                      gguf_bytes<uint64_t>(values.size());
  for (int32_t number : values) value += gguf_bytes(number);
  add(key, GgufValueType::kArray, std::move(value));
}

void GgufWriter::remove(std::string_view key) {
  std::erase_if(keys_, [&](const Key& entry) { return entry.key == key; });
}

void GgufWriter::add_tensor(std::string name, std::vector<uint64_t> shape,
                            const std::vector<float>& values) {
  const std::string data(reinterpret_cast<const char*>(values.data()),
                         values.size() * sizeof(float));
  tensors.push_back(
      {std::move(name), static_cast<uint32_t>(GgufTensorType::kF32), std::move(shape), data});
}

GgufWriter::Tensor& GgufWriter::tensor(std::string_view name) {
  return *std::find_if(tensors.begin(), tensors.end(),
                       [&](const Tensor& tensor) { return tensor.name == name; });
}

std::string GgufWriter::bytes() const {
  std::string header = magic + gguf_bytes(version);
  header += gguf_bytes<uint64_t>(tensors.size() + tensor_count_lie);
  header += gguf_bytes<uint64_t>(keys_.size() + key_count_lie);
  for (const Key& key : keys_) header += key.encoded;
  std::string data;
  for (const Tensor& tensor : tensors) {
    pad(data);
    header += gguf_string(tensor.name) + gguf_bytes<uint32_t>(tensor.shape.size());
    for (size_t i = tensor.shape.size(); i-- > 0;) header += gguf_bytes(tensor.shape[i]);
    header += gguf_bytes(tensor.type) + gguf_bytes<uint64_t>(data.size() + tensor.offset_lie);
    data += tensor.data;
  }
  pad(header);
  return header + data;
}

std::filesystem::path GgufWriter::write(const std::string& name) const {
  const auto file = std::filesystem::path(testing::TempDir()) / name;
  std::ofstream(file, std::ios::binary) << bytes();
  return file;
}

}  // namespace skipbench
