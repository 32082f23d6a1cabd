#include "kernels/model/model_config.h"

#include <fmt/format.h>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

void require_positive(const std::string& source, std::string_view field, double value) {
  if (value > 0) return;
  throw InputError(fmt::format("{}: {} is {}, expected a positive number", source, field, value));
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
  require_positive(source, "the number of layers", static_cast<double>(layers));
  require_positive(source, "the model width", static_cast<double>(width));
  require_positive(source, "the FFN width", static_cast<double>(ffn_width));
  require_positive(source, "the number of query heads", static_cast<double>(query_heads));
  require_positive(source, "the number of KV heads", static_cast<double>(kv_heads));
  require_positive(source, "the head size", static_cast<double>(head_size));
  require_positive(source, "the vocabulary size", static_cast<double>(vocabulary));
  require_positive(source, "the context length", static_cast<double>(context));
  require_positive(source, "the RoPE base", rope_base);
  require_positive(source, "the norm epsilon", norm_epsilon);
  if (query_heads % kv_heads != 0) {
    throw InputError(fmt::format("{}: {} query heads are no multiple of {} KV heads", source,
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
