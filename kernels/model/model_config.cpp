#include "kernels/model/model_config.h"

#include <fmt/format.h>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

void require_positive(const std::string& source, std::string_view field, double value) {
  if (value > 0) return;
  throw InputError(fmt::format("{}: {} is {}, expected a positive number", source, field, value));
}

// The bounds keep every product of sizes far from 2^63, whatever a file claims.
void require_size(const std::string& source, std::string_view field, int64_t value, int64_t most) {
  if (value >= 1 && value <= most) return;
  throw InputError(
      fmt::format("{}: {} is {}, expected a number from 1 to {}", source, field, value, most));
}

}  // namespace

std::string_view family_name(Family family) {
  switch (family) {
    case Family::kLlama:
      return "llama";
    case Family::kQwen2:
      return "qwen2";
    case Family::kQwen3:
      return "qwen3";
    case Family::kMistral:
      return "mistral";
    case Family::kPangu:
      return "openpangu";
  }
  throw ContractError("family_name: not a family");
}

void ModelConfig::validate(const std::string& source) const {
  constexpr int64_t kMostParts = 1 << 16, kMostWidth = 1 << 24;
  require_size(source, "the number of layers", layers, kMostParts);
  require_size(source, "the model width", width, kMostWidth);
  require_size(source, "the FFN width", ffn_width, kMostWidth);
  require_size(source, "the number of query heads", query_heads, kMostParts);
  require_size(source, "the number of KV heads", kv_heads, kMostParts);
  require_size(source, "the head size", head_size, kMostParts);
  require_size(source, "the vocabulary size", vocabulary, kMostWidth);
  require_size(source, "the context length", context, int64_t{1} << 40);
  require_positive(source, "the RoPE base", rope_base);
  require_positive(source, "the norm epsilon", norm_epsilon);
  if (query_heads % kv_heads != 0) {
    throw InputError(fmt::format("{}: {} query heads are not a multiple of {} KV heads", source,
                                 query_heads, kv_heads));
  }
  if (head_size % 2 != 0) {
    throw InputError(
        fmt::format("{}: the head size is {}, expected an even number (RoPE rotates "
                    "pairs)",
                    source, head_size));
  }
  rope_scaling.validate(source, head_size);
}

}  // namespace skipbench
