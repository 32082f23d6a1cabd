#include "tests/harness/checkpoint/support/tiny_hf.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "tests/harness/text/support/tiny_tokenizer.h"

namespace skipbench {
namespace {

/// Hugging Face's name for GGUF's.
std::string hf_name(const std::string& name) {
  static const std::map<std::string, std::string> kNames = {
      {"token_embd", "model.embed_tokens"},
      {"output_norm", "model.norm"},
      {"output", "lm_head"},
      {"attn_norm", "input_layernorm"},
      {"ffn_norm", "post_attention_layernorm"},
      {"attn_q", "self_attn.q_proj"},
      {"attn_k", "self_attn.k_proj"},
      {"attn_v", "self_attn.v_proj"},
      {"attn_output", "self_attn.o_proj"},
      {"ffn_gate", "mlp.gate_proj"},
      {"ffn_up", "mlp.up_proj"},
      {"ffn_down", "mlp.down_proj"},
  };
  const size_t dot = name.rfind('.');
  const std::string kind = name.substr(dot);  // ".weight" or ".bias"
  if (!name.starts_with("blk.")) return kNames.at(name.substr(0, dot)) + kind;
  const size_t part = name.find('.', 4) + 1;
  return fmt::format("model.layers.{}.{}{}", name.substr(4, part - 5),
                     kNames.at(name.substr(part, dot - part)), kind);
}

Json config_of(const std::string& model_type, bool tied) {
  const TinySizes s;
  return {{"model_type", model_type},
          {"num_hidden_layers", s.layers},
          {"hidden_size", s.width},
          {"intermediate_size", s.ffn_width},
          {"num_attention_heads", s.query_heads},
          {"num_key_value_heads", s.kv_heads},
          {"head_dim", s.head_size},
          {"vocab_size", s.vocabulary},
          {"max_position_embeddings", 128},
          {"rms_norm_eps", 1e-6},
          {"rope_theta", 5000.0},
          {"hidden_act", "silu"},
          {"tie_word_embeddings", tied},
          {"eos_token_id", 263}};
}

Json byte_level(bool cuts) {
  return {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", cuts}};
}

Json tokenizer_of(const TokenizerSpec& spec) {
  Json vocabulary = Json::object(), added = Json::array();
  for (size_t id = 0; id < 262; ++id) vocabulary[spec.tokens[id]] = id;
  const auto add = [&](TokenId id, bool special) {
    added.push_back(
        {{"id", id}, {"content", spec.tokens[id]}, {"special", special}, {"normalized", false}});
  };
  for (const TokenId id : spec.special_tokens) add(id, true);
  for (const TokenId id : spec.user_tokens) add(id, false);
  return {{"added_tokens", added},
          {"normalizer", nullptr},
          {"pre_tokenizer",
           {{"type", "Sequence"},
            {"pretokenizers",
             {Json{{"type", "Digits"}, {"individual_digits", true}}, byte_level(true)}}}},
          {"post_processor", nullptr},
          {"decoder", byte_level(true)},
          {"model", {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", spec.merges}}}};
}

void write_json(const std::filesystem::path& file, const Json& json) {
  if (!json.is_null()) std::ofstream(file) << json.dump();
}

}  // namespace

TinyHf tiny_hf(const std::string& model_type, const TinyWeights& weights, size_t shards) {
  const TokenizerSpec spec = tiny_tokenizer_spec();
  TinyHf tiny;
  tiny.config = config_of(model_type, !weights.contains("output.weight"));
  tiny.tokenizer = tokenizer_of(spec);
  tiny.tokenizer_config = {{"bos_token", "<s>"},
                           {"eos_token", {{"content", "</s>"}}},
                           {"chat_template", spec.chat_template}};
  tiny.shards.resize(shards);
  size_t next = 0;
  for (const auto& [name, values] : weights) {
    tiny.shards[next++ % shards].add_floats(hf_name(name),
                                            tiny_tensor_shape(name, values.size(), {}), values);
  }
  return tiny;
}

std::filesystem::path TinyHf::write(const std::string& name) const {
  const auto folder = std::filesystem::path(testing::TempDir()) / name;
  std::filesystem::remove_all(folder);
  std::filesystem::create_directory(folder);
  write_json(folder / "config.json", config);
  write_json(folder / "tokenizer.json", tokenizer);
  write_json(folder / "tokenizer_config.json", tokenizer_config);
  if (shards.size() == 1) {
    shards[0].write(folder / "model.safetensors");
    return folder;
  }
  Json weight_map = Json::object();
  for (size_t i = 0; i < shards.size(); ++i) {
    const std::string file = fmt::format("model-{}-of-{}.safetensors", i + 1, shards.size());
    shards[i].write(folder / file);
    for (const auto& [tensor, place] : shards[i].header.items()) weight_map[tensor] = file;
  }
  write_json(folder / "model.safetensors.index.json",
             index.is_null() ? Json{{"weight_map", weight_map}} : index);
  return folder;
}

}  // namespace skipbench
