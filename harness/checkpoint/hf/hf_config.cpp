#include "harness/checkpoint/hf/hf_config.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/base/json_fields.h"
#include "harness/base/json_file.h"
#include "harness/checkpoint/hf/hf_rope.h"
#include "kernels/base/suggest.h"

namespace skipbench {
namespace {

/// What the families differ in; the keys are those of each model's configuration class in
/// transformers (openPangu: configuration_openpangu_dense.py, published with its weights).
struct HfFamily {
  const char* model_type;
  Family family;
  bool qkv_bias;         // always there
  const char* bias_key;  // biases of all four projections of attention, or null
  bool head_norms;
};
constexpr HfFamily kFamilies[] = {
    {"llama", Family::kLlama, false, "attention_bias", false},
    {"mistral", Family::kMistral, false, nullptr, false},
    {"qwen2", Family::kQwen2, true, nullptr, false},
    {"qwen3", Family::kQwen3, false, "attention_bias", true},
    {"PanguEmbedded", Family::kPangu, false, "bias", false},
};

const HfFamily& find_family(const JsonFields& config) {
  const std::string type = config.text("model_type");
  for (const HfFamily& family : kFamilies) {
    if (type == family.model_type) return family;
  }
  config.fail(
      fmt::format("model_type '{}' is not supported{}", type, suggestion(type, hf_model_types())));
}

void refuse_variants(const JsonFields& config) {
  const std::string activation = config.find_text("hidden_act").value_or("silu");
  if (activation != "silu") {
    config.fail(fmt::format("hidden_act '{}' is not supported, expected 'silu'", activation));
  }
  if (config.find_flag("mlp_bias").value_or(false)) config.fail("mlp_bias is not supported");
  if (config.find("quantization_config") != nullptr) {
    config.fail(
        "quantised weights (quantization_config) are not supported; expected BF16, F16 or F32");
  }
  if (config.find_number("partial_rotary_factor").value_or(1) != 1) {
    config.fail("rotating a part of the head (partial_rotary_factor) is not supported");
  }
}

/// The window of the layers that have one, or nothing.
std::optional<int64_t> sliding_window(const JsonFields& config, Family family, int64_t layers) {
  if (family == Family::kLlama || family == Family::kPangu) return std::nullopt;
  // Mistral's configuration class has a window unless the file says null.
  if (family == Family::kMistral && !config.contains("sliding_window")) return 4096;
  const auto window = config.find_integer("sliding_window");
  if (!window) return std::nullopt;
  const Json* types = config.find("layer_types");
  if (types != nullptr && types->is_array()) {
    const bool slides = std::any_of(types->begin(), types->end(),
                                    [](const Json& type) { return type == "sliding_attention"; });
    return slides ? window : std::nullopt;
  }
  if (family == Family::kMistral) return window;
  // Qwen: only the layers from max_window_layers on, and only when it is switched on.
  const bool used = config.find_flag("use_sliding_window").value_or(false) &&
                    config.find_integer("max_window_layers").value_or(28) < layers;
  return used ? window : std::nullopt;
}

}  // namespace

std::vector<std::string> hf_model_types() {
  std::vector<std::string> types;
  for (const HfFamily& family : kFamilies) types.emplace_back(family.model_type);
  return types;
}

ModelConfig hf_model_config(const std::filesystem::path& folder) {
  const auto file = folder / "config.json";
  const JsonFields config(read_json_file(file, kLongestConfig), file.string());
  const HfFamily& family = find_family(config);
  refuse_variants(config);

  ModelConfig model;
  model.name = folder.filename().string();
  model.family = family.family;
  model.layers = config.integer("num_hidden_layers");
  model.width = config.integer("hidden_size");
  model.ffn_width = config.integer("intermediate_size");
  model.query_heads = config.integer("num_attention_heads");
  model.kv_heads = config.find_integer("num_key_value_heads").value_or(model.query_heads);
  const int64_t heads = std::max<int64_t>(model.query_heads, 1);  // validate() refuses 0
  const int64_t implied = family.head_norms ? 128 : model.width / heads;
  model.head_size = config.find_integer("head_dim").value_or(implied);
  model.vocabulary = config.integer("vocab_size");
  model.norm_epsilon = config.find_number("rms_norm_eps").value_or(1e-6);
  model.tied_embeddings = config.find_flag("tie_word_embeddings").value_or(false);
  const bool all_biases =
      family.bias_key != nullptr &&
      config.find_flag(family.bias_key).value_or(family.family == Family::kPangu);
  model.qkv_bias = family.qkv_bias || all_biases;
  model.attention_out_bias = all_biases;
  model.head_norms = family.head_norms;
  read_hf_rope(config, model);
  if (const auto window = sliding_window(config, model.family, model.layers)) {
    model.context = std::min(model.context, *window);
  }
  model.validate(file.string());
  return model;
}

}  // namespace skipbench
