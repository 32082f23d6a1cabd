#include "harness/checkpoint/gguf/gguf_dequantize.h"

#include <array>
#include <bit>
#include <cstring>

#include "kernels/base/error.h"

// Each function expands one block; layouts as in ggml's ggml-common.h. d and m are the block's
// scale and minimum. Products and sums are separate roundings, so this file must not be compiled
// with contraction to fused multiply-adds.
namespace skipbench {
namespace {

using Bytes = const uint8_t*;

uint16_t read_u16(Bytes bytes) {
  uint16_t value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

uint32_t read_u32(Bytes bytes) {
  uint32_t value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

/// IEEE half to single precision, exact; signalling NaNs become quiet as on hardware.
float half_to_float(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
  const uint32_t magnitude = half & 0x7FFF;
  if (magnitude >= 0x7C00) {
    const uint32_t quiet = magnitude > 0x7C00 ? 0x400000 : 0;
    return std::bit_cast<float>(sign | 0x7F800000 | quiet | (magnitude & 0x3FF) << 13);
  }
  // As a float, magnitude << 13 has the right fraction and an exponent too small by 127 - 15; the
  // product mends that and makes subnormal halves normal.
  const float scaled = std::bit_cast<float>(magnitude << 13) * 0x1p112f;
  return std::bit_cast<float>(std::bit_cast<uint32_t>(scaled) | sign);
}

float read_half(Bytes bytes) {
  return half_to_float(read_u16(bytes));
}

void f32(Bytes in, float* out) {
  *out = std::bit_cast<float>(read_u32(in));
}
void f16(Bytes in, float* out) {
  *out = read_half(in);
}
void bf16(Bytes in, float* out) {
  *out = std::bit_cast<float>(static_cast<uint32_t>(read_u16(in)) << 16);
}

void q4_0(Bytes in, float* out) {
  const float d = read_half(in);
  Bytes quants = in + 2;
  for (int i = 0; i < 16; ++i) {
    out[i] = d * static_cast<float>((quants[i] & 15) - 8);
    out[i + 16] = d * static_cast<float>((quants[i] >> 4) - 8);
  }
}

void q4_1(Bytes in, float* out) {
  const float d = read_half(in), m = read_half(in + 2);
  Bytes quants = in + 4;
  for (int i = 0; i < 16; ++i) {
    out[i] = d * static_cast<float>(quants[i] & 15) + m;
    out[i + 16] = d * static_cast<float>(quants[i] >> 4) + m;
  }
}

/// Number i of a 5-bit block: four bits in `low`, the fifth in bit i of `high`.
int five_bits(Bytes low, uint32_t high, int i) {
  const int nibble = i < 16 ? low[i] & 15 : low[i - 16] >> 4;
  return nibble | static_cast<int>(high >> i & 1) << 4;
}

void q5_0(Bytes in, float* out) {
  const float d = read_half(in);
  const uint32_t high = read_u32(in + 2);
  for (int i = 0; i < 32; ++i) out[i] = d * static_cast<float>(five_bits(in + 6, high, i) - 16);
}

void q5_1(Bytes in, float* out) {
  const float d = read_half(in), m = read_half(in + 2);
  const uint32_t high = read_u32(in + 4);
  for (int i = 0; i < 32; ++i) out[i] = d * static_cast<float>(five_bits(in + 8, high, i)) + m;
}

void q8_0(Bytes in, float* out) {
  const float d = read_half(in);
  for (int i = 0; i < 32; ++i) out[i] = d * static_cast<float>(static_cast<int8_t>(in[2 + i]));
}

/// Scale and minimum of the eight sub-blocks of Q4_K and Q5_K, six bits each in 12 bytes: the first
/// four lie whole in bytes 0-3 and 4-7, the others have their low bits in bytes 8-11 and their high
/// bits on top of the first.
struct SubBlockScales {
  std::array<int, 8> scale, minimum;
};
SubBlockScales sub_block_scales(Bytes packed) {
  SubBlockScales s;
  for (int i = 0; i < 4; ++i) {
    s.scale[i] = packed[i] & 63;
    s.minimum[i] = packed[i + 4] & 63;
    s.scale[i + 4] = (packed[i + 8] & 15) | (packed[i] >> 6) << 4;
    s.minimum[i + 4] = (packed[i + 8] >> 4) | (packed[i + 4] >> 6) << 4;
  }
  return s;
}

/// Q4_K and Q5_K: sub-block j has its low four bits in the low (even j) or high (odd j) halves of
/// 32 bytes, and its fifth bits, when there are any, in bit j of the 32 bytes at `high`.
void k_block(Bytes in, Bytes high, Bytes quants, float* out) {
  const float d = read_half(in), m = read_half(in + 2);
  const SubBlockScales scales = sub_block_scales(in + 4);
  for (int j = 0; j < 8; ++j) {
    const float scale = d * static_cast<float>(scales.scale[j]);
    const float minimum = m * static_cast<float>(scales.minimum[j]);
    Bytes low = quants + 32 * (j / 2);
    for (int i = 0; i < 32; ++i) {
      int quant = low[i] >> 4 * (j % 2) & 15;
      if (high != nullptr) quant |= (high[i] >> j & 1) << 4;
      out[32 * j + i] = scale * static_cast<float>(quant) - minimum;
    }
  }
}

void q4_k(Bytes in, float* out) {
  k_block(in, nullptr, in + 16, out);
}
void q5_k(Bytes in, float* out) {
  k_block(in, in + 16, in + 48, out);
}

/// 128 bytes of low halves, 64 of two high bits, 16 scales, d. Each half of 128 numbers takes 64
/// low bytes (32 numbers from low, 32 from high nibbles, by turns) and 32 high bytes.
void q6_k(Bytes in, float* out) {
  const auto* scales = reinterpret_cast<const int8_t*>(in + 192);
  const float d = read_half(in + 208);
  for (int j = 0; j < 8; ++j) {  // runs of 32 numbers
    const int half = j / 4, run = j % 4;
    Bytes low = in + 64 * half + 32 * (run % 2);
    Bytes high = in + 128 + 32 * half;
    for (int i = 0; i < 32; ++i) {
      const int nibble = low[i] >> 4 * (run / 2) & 15;
      const int quant = (nibble | (high[i] >> 2 * run & 3) << 4) - 32;
      const float scale = d * static_cast<float>(scales[2 * j + i / 16]);
      out[32 * j + i] = scale * static_cast<float>(quant);
    }
  }
}

using ExpandBlock = void(Bytes, float*);

template <ExpandBlock kExpand>
void expand_all(const GgufTensorTypeInfo& type, Bytes in, int64_t blocks, float* out) {
  for (int64_t i = 0; i < blocks; ++i) {
    kExpand(in, out);
    in += type.block_bytes;
    out += type.block_size;
  }
}

}  // namespace

void gguf_dequantize(const GgufTensorTypeInfo& type, const char* data, int64_t blocks, float* out) {
  Bytes in = reinterpret_cast<Bytes>(data);
  switch (type.type) {
    case GgufTensorType::kF32:
      return expand_all<f32>(type, in, blocks, out);
    case GgufTensorType::kF16:
      return expand_all<f16>(type, in, blocks, out);
    case GgufTensorType::kBF16:
      return expand_all<bf16>(type, in, blocks, out);
    case GgufTensorType::kQ4_0:
      return expand_all<q4_0>(type, in, blocks, out);
    case GgufTensorType::kQ4_1:
      return expand_all<q4_1>(type, in, blocks, out);
    case GgufTensorType::kQ5_0:
      return expand_all<q5_0>(type, in, blocks, out);
    case GgufTensorType::kQ5_1:
      return expand_all<q5_1>(type, in, blocks, out);
    case GgufTensorType::kQ8_0:
      return expand_all<q8_0>(type, in, blocks, out);
    case GgufTensorType::kQ4_K:
      return expand_all<q4_k>(type, in, blocks, out);
    case GgufTensorType::kQ5_K:
      return expand_all<q5_k>(type, in, blocks, out);
    case GgufTensorType::kQ6_K:
      return expand_all<q6_k>(type, in, blocks, out);
  }
  throw ContractError("GGUF tensor type outside its enumeration");
}

}  // namespace skipbench
