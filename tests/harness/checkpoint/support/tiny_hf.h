#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "kernels/base/json.h"
#include "tests/harness/checkpoint/support/safetensors_writer.h"
#include "tests/harness/checkpoint/support/tiny_gguf.h"

namespace skipbench {

/// A Hugging Face folder of the tiny model, to be spoilt before it is written.
struct TinyHf {
  Json config, tokenizer, tokenizer_config;
  std::vector<SafetensorsWriter> shards;  // more than one: with an index
  Json index;                             // made by write() when null

  /// Writes the folder anew into the tests' temporary folder.
  std::filesystem::path write(const std::string& name) const;
};

/// "llama" or "qwen2", with the tokenizer of tiny_tokenizer_spec(), in `shards` files.
TinyHf tiny_hf(const std::string& model_type, const TinyWeights& weights, size_t shards = 1);

}  // namespace skipbench
