#pragma once

#include <string>
#include <vector>

#include "kernels/model/prompt.h"
#include "kernels/model/weights.h"

namespace skipbench::test {

/// The shape of a model small enough for plain loops.
struct TinyShape {
  std::string name;
  Family family = Family::kLlama;
  int64_t query_heads = 6, kv_heads = 2;
  bool tied = false;
  int64_t layers = 8;
  int64_t head_size = 8;
};

/// Llama and Qwen2 shapes with 1, 3, 4 and 8 query heads a KV head.
std::vector<TinyShape> tiny_shapes();
TinyShape tiny_llama();

/// Random weights, the same for the same shape and seed; fp32 on the CPU.
Model tiny_model(const TinyShape& shape, uint64_t seed = 1);

/// `length` random tokens of the tiny vocabulary.
Prompt tiny_prompt(int64_t length, uint64_t seed = 1);
/// Token lists to calibrate with, of different lengths.
std::vector<std::vector<int32_t>> tiny_texts();

}  // namespace skipbench::test
