#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace skipbench {

/// How a GGUF tensor stores its numbers; the values are ggml's own ids.
enum class GgufTensorType : uint32_t {
  kF32 = 0,
  kF16 = 1,
  kQ4_0 = 2,
  kQ4_1 = 3,
  kQ5_0 = 6,
  kQ5_1 = 7,
  kQ8_0 = 8,
  kQ4_K = 12,
  kQ5_K = 13,
  kQ6_K = 14,
  kBF16 = 30,
};

/// A type that this program can read: numbers come in blocks of `block_size`, each of
/// `block_bytes`.
struct GgufTensorTypeInfo {
  GgufTensorType type;
  std::string_view name;
  int64_t block_size;
  int64_t block_bytes;
};

std::span<const GgufTensorTypeInfo> gguf_tensor_types();
const GgufTensorTypeInfo& gguf_tensor_type(GgufTensorType type);

/// The readable type with ggml's id, or null.
const GgufTensorTypeInfo* find_gguf_tensor_type(uint32_t id);

/// The name of any ggml type, readable or not ("Q2_K"), or "type 99".
std::string gguf_tensor_type_name(uint32_t id);

/// "F32, F16, ...": for error messages.
std::string readable_gguf_tensor_types();

/// Types of metadata values; the values are GGUF's own ids.
enum class GgufValueType : uint32_t {
  kUint8 = 0,
  kInt8 = 1,
  kUint16 = 2,
  kInt16 = 3,
  kUint32 = 4,
  kInt32 = 5,
  kFloat32 = 6,
  kBool = 7,
  kString = 8,
  kArray = 9,
  kUint64 = 10,
  kInt64 = 11,
  kFloat64 = 12,
};

std::string_view gguf_value_type_name(GgufValueType type);

/// Bytes of one value; 0 for strings and arrays, whose sizes vary.
size_t gguf_value_bytes(GgufValueType type);

}  // namespace skipbench
