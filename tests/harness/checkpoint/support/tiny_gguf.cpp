#include "tests/harness/checkpoint/support/tiny_gguf.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "tests/harness/text/support/tiny_tokenizer.h"

namespace skipbench {
namespace {

/// Row h * d + i + part * d / 2 of the halves becomes row h * d + 2 * i + part.
std::vector<float> interleave(const std::vector<float>& rows, size_t head_size, size_t columns) {
  std::vector<float> result(rows.size());
  for (size_t row = 0; row < rows.size() / columns; ++row) {
    const size_t in_head = row % head_size, half = head_size / 2;
    const size_t target = row - in_head + 2 * (in_head % half) + in_head / half;
    std::copy_n(rows.begin() + row * columns, columns, result.begin() + target * columns);
  }
  return result;
}

void add_tokenizer(GgufWriter& writer) {
  const TokenizerSpec spec = tiny_tokenizer_spec();
  std::vector<int32_t> types(spec.tokens.size(), 1);
  for (TokenId id : spec.special_tokens) types[id] = 3;
  for (TokenId id : spec.user_tokens) types[id] = 4;
  writer.add_text("tokenizer.ggml.model", "gpt2");
  writer.add_text("tokenizer.ggml.pre", "smollm");
  writer.add_texts("tokenizer.ggml.tokens", spec.tokens);
  writer.add_texts("tokenizer.ggml.merges", spec.merges);
  writer.add_int32s("tokenizer.ggml.token_type", types);
  writer.add_uint32("tokenizer.ggml.bos_token_id", spec.bos);
  writer.add_uint32("tokenizer.ggml.eos_token_id", spec.eos);
  writer.add_bool("tokenizer.ggml.add_bos_token", true);
  writer.add_text("tokenizer.chat_template", spec.chat_template);
}

}  // namespace

TinyWeights tiny_weights(const TinySizes& s, bool bias, bool tied) {
  std::mt19937 random(11);
  std::normal_distribution<float> normal(0.0f, 0.1f);
  TinyWeights weights;
  const auto draw = [&](const std::string& name, size_t elements) {
    auto& values = weights[name];
    for (size_t i = 0; i < elements; ++i) values.push_back(normal(random));
  };
  const size_t query_rows = s.query_heads * s.head_size, kv_rows = s.kv_heads * s.head_size;
  draw("token_embd.weight", s.vocabulary * s.width);
  draw("output_norm.weight", s.width);
  if (!tied) draw("output.weight", s.vocabulary * s.width);
  for (uint32_t layer = 0; layer < s.layers; ++layer) {
    const auto name = [&](std::string_view part) { return fmt::format("blk.{}.{}", layer, part); };
    draw(name("attn_norm.weight"), s.width);
    draw(name("ffn_norm.weight"), s.width);
    draw(name("attn_q.weight"), query_rows * s.width);
    draw(name("attn_k.weight"), kv_rows * s.width);
    draw(name("attn_v.weight"), kv_rows * s.width);
    draw(name("attn_output.weight"), s.width * query_rows);
    draw(name("ffn_gate.weight"), s.ffn_width * s.width);
    draw(name("ffn_up.weight"), s.ffn_width * s.width);
    draw(name("ffn_down.weight"), s.width * s.ffn_width);
    if (!bias) continue;
    draw(name("attn_q.bias"), query_rows);
    draw(name("attn_k.bias"), kv_rows);
    draw(name("attn_v.bias"), kv_rows);
  }
  return weights;
}

std::vector<int64_t> tiny_tensor_shape(const std::string& name, size_t elements,
                                       const TinySizes& sizes) {
  const auto count = static_cast<int64_t>(elements);
  if (name.ends_with("norm.weight") || name.ends_with(".bias")) return {count};
  int64_t columns = sizes.width;
  if (name.ends_with("attn_output.weight")) columns = sizes.query_heads * sizes.head_size;
  if (name.ends_with("ffn_down.weight")) columns = sizes.ffn_width;
  return {count / columns, columns};
}

GgufWriter tiny_gguf(const std::string& architecture, const TinyWeights& weights) {
  const TinySizes s;
  GgufWriter writer;
  const auto key = [&](std::string_view name) { return fmt::format("{}.{}", architecture, name); };
  writer.add_text("general.architecture", architecture);
  writer.add_text("general.name", "tiny");
  writer.add_uint32(key("block_count"), s.layers);
  writer.add_uint32(key("embedding_length"), s.width);
  writer.add_uint32(key("feed_forward_length"), s.ffn_width);
  writer.add_uint32(key("attention.head_count"), s.query_heads);
  writer.add_uint32(key("attention.head_count_kv"), s.kv_heads);
  writer.add_uint32(key("attention.key_length"), s.head_size);
  writer.add_uint32(key("attention.value_length"), s.head_size);
  writer.add_uint32(key("context_length"), 128);
  writer.add_float32(key("rope.freq_base"), 5000.0f);
  writer.add_float32(key("attention.layer_norm_rms_epsilon"), 1e-6f);
  add_tokenizer(writer);
  for (const auto& [name, values] : weights) {
    const auto shape = tiny_tensor_shape(name, values.size(), s);
    const bool rotated = name.find("attn_q.") != name.npos || name.find("attn_k.") != name.npos;
    const size_t columns = shape.size() == 1 ? 1 : static_cast<size_t>(shape[1]);
    const bool permute = rotated && architecture == "llama";
    writer.add_tensor(name, {shape.begin(), shape.end()},
                      permute ? interleave(values, s.head_size, columns) : values);
  }
  return writer;
}

}  // namespace skipbench
