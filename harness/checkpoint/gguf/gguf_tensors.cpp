#include "harness/checkpoint/gguf/gguf_tensors.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <vector>

namespace skipbench {
namespace {

using Shape = std::vector<int64_t>;

/// One layer's tensors: the part of the name after "blk.N." and the shape.
std::map<std::string, Shape> layer_shapes(const ModelConfig& c) {
  const int64_t kv_rows = c.kv_heads * c.head_size, q_rows = c.query_heads * c.head_size;
  std::map<std::string, Shape> shapes = {
      {"attn_norm.weight", {c.width}},
      {"attn_k.weight", {kv_rows, c.width}},
      {"attn_q.weight", {q_rows, c.width}},
      {"attn_v.weight", {kv_rows, c.width}},
      {"attn_output.weight", {c.width, q_rows}},
      {"ffn_norm.weight", {c.width}},
      {"ffn_gate.weight", {c.ffn_width, c.width}},
      {"ffn_up.weight", {c.ffn_width, c.width}},
      {"ffn_down.weight", {c.width, c.ffn_width}},
  };
  if (c.qkv_bias) {
    shapes["attn_k.bias"] = {kv_rows};
    shapes["attn_q.bias"] = {q_rows};
    shapes["attn_v.bias"] = {kv_rows};
  }
  return shapes;
}

}  // namespace

std::string gguf_layer_tensor(int64_t layer, std::string_view part) {
  return fmt::format("blk.{}.{}", layer, part);
}

void check_gguf_tensors(const GgufFile& file, const ModelConfig& c) {
  std::set<std::string> expected;
  const auto check = [&](const std::string& name, const Shape& shape) {
    file.tensor(name, shape);
    expected.insert(name);
  };
  check("token_embd.weight", {c.vocabulary, c.width});
  check("output_norm.weight", {c.width});
  if (!c.tied_embeddings) check("output.weight", {c.vocabulary, c.width});
  if (c.rope_scaling.kind == RopeScaling::Kind::kDivisors) {
    check("rope_freqs.weight", {c.head_size / 2});
  }
  const auto shapes = layer_shapes(c);
  for (int64_t layer = 0; layer < c.layers; ++layer) {
    for (const auto& [part, shape] : shapes) check(gguf_layer_tensor(layer, part), shape);
  }
  for (const auto& [name, tensor] : file.tensors()) {
    if (expected.contains(name)) continue;
    file.fail(
        fmt::format("tensor '{}' is not part of a {} model of {} layers as this program "
                    "computes it",
                    name, family_name(c.family), c.layers));
  }
}

}  // namespace skipbench
