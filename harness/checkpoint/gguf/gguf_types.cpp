#include "harness/checkpoint/gguf/gguf_types.h"

#include <fmt/format.h>

#include <utility>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

// ggml's ggml-common.h: 32 numbers a block, or super-blocks of 256 for the K types.
constexpr GgufTensorTypeInfo kReadable[] = {
    {GgufTensorType::kF32, "F32", 1, 4},       {GgufTensorType::kF16, "F16", 1, 2},
    {GgufTensorType::kBF16, "BF16", 1, 2},     {GgufTensorType::kQ4_0, "Q4_0", 32, 18},
    {GgufTensorType::kQ4_1, "Q4_1", 32, 20},   {GgufTensorType::kQ5_0, "Q5_0", 32, 22},
    {GgufTensorType::kQ5_1, "Q5_1", 32, 24},   {GgufTensorType::kQ8_0, "Q8_0", 32, 34},
    {GgufTensorType::kQ4_K, "Q4_K", 256, 144}, {GgufTensorType::kQ5_K, "Q5_K", 256, 176},
    {GgufTensorType::kQ6_K, "Q6_K", 256, 210},
};

// The others, so that an error can name what the file holds.
constexpr std::pair<uint32_t, std::string_view> kUnreadable[] = {
    {9, "Q8_1"},     {10, "Q2_K"},  {11, "Q3_K"},   {15, "Q8_K"},  {16, "IQ2_XXS"}, {17, "IQ2_XS"},
    {18, "IQ3_XXS"}, {19, "IQ1_S"}, {20, "IQ4_NL"}, {21, "IQ3_S"}, {22, "IQ2_S"},   {23, "IQ4_XS"},
    {24, "I8"},      {25, "I16"},   {26, "I32"},    {27, "I64"},   {28, "F64"},     {29, "IQ1_M"},
    {34, "TQ1_0"},   {35, "TQ2_0"}, {39, "MXFP4"},
};

}  // namespace

std::span<const GgufTensorTypeInfo> gguf_tensor_types() {
  return kReadable;
}

const GgufTensorTypeInfo* find_gguf_tensor_type(uint32_t id) {
  for (const auto& info : kReadable) {
    if (static_cast<uint32_t>(info.type) == id) return &info;
  }
  return nullptr;
}

const GgufTensorTypeInfo& gguf_tensor_type(GgufTensorType type) {
  if (const auto* info = find_gguf_tensor_type(static_cast<uint32_t>(type))) return *info;
  throw ContractError("GGUF tensor type outside its enumeration");
}

std::string gguf_tensor_type_name(uint32_t id) {
  if (const auto* info = find_gguf_tensor_type(id)) return std::string(info->name);
  for (const auto& [known, name] : kUnreadable) {
    if (known == id) return std::string(name);
  }
  return fmt::format("type {}", id);
}

std::string readable_gguf_tensor_types() {
  std::string names;
  for (const auto& info : kReadable) {
    if (!names.empty()) names += ", ";
    names += info.name;
  }
  return names;
}

std::string_view gguf_value_type_name(GgufValueType type) {
  static constexpr std::string_view kNames[] = {"uint8",  "int8",    "uint16", "int16",  "uint32",
                                                "int32",  "float32", "bool",   "string", "array",
                                                "uint64", "int64",   "float64"};
  return kNames[static_cast<uint32_t>(type)];
}

size_t gguf_value_bytes(GgufValueType type) {
  static constexpr size_t kBytes[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
  return kBytes[static_cast<uint32_t>(type)];
}

}  // namespace skipbench
