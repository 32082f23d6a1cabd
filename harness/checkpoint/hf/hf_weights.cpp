#include "harness/checkpoint/hf/hf_weights.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "harness/checkpoint/weight_stream.h"

namespace skipbench {
namespace {

/// Weights without content, and which tensor of the files belongs into which rows.
struct Plan {
  ModelWeights weights;
  struct Part {
    std::string name;
    at::Tensor target;
  };
  std::vector<Part> parts;
};

/// On the meta device nothing is allocated: such a plan holds the shapes alone.
class Planner {
 public:
  Planner(const ModelConfig& config, at::TensorOptions options)
      : config_(config), options_(options) {}

  Plan plan() {
    const ModelConfig& c = config_;
    ModelWeights& w = plan_.weights;
    w.embedding = whole("model.embed_tokens.weight", {c.vocabulary, c.width});
    for (int64_t i = 0; i < c.layers; ++i) w.layers.push_back(layer(i));
    w.final_norm = whole("model.norm.weight", {c.width});
    w.output = c.tied_embeddings ? w.embedding : whole("lm_head.weight", {c.vocabulary, c.width});
    return std::move(plan_);
  }

 private:
  LayerWeights layer(int64_t index) {
    const ModelConfig& c = config_;
    const std::string prefix = fmt::format("model.layers.{}.", index);
    const int64_t kv = c.kv_heads * c.head_size, q = c.query_heads * c.head_size;
    const auto attention = [&](const char* part, const char* kind) {
      return fmt::format("{}self_attn.{}.{}", prefix, part, kind);
    };
    const auto kqv = [&](const char* kind, std::vector<int64_t> tail) {
      return fused({{attention("k_proj", kind), kv},
                    {attention("q_proj", kind), q},
                    {attention("v_proj", kind), kv}},
                   std::move(tail));
    };
    LayerWeights w;
    w.attention_norm = whole(prefix + "input_layernorm.weight", {c.width});
    w.kqv = kqv("weight", {c.width});
    if (c.qkv_bias) w.kqv_bias = kqv("bias", {});
    w.attention_out = whole(attention("o_proj", "weight"), {c.width, q});
    if (c.attention_out_bias) w.attention_out_bias = whole(attention("o_proj", "bias"), {c.width});
    if (c.head_norms) {
      w.query_norm = whole(attention("q_norm", "weight"), {c.head_size});
      w.key_norm = whole(attention("k_norm", "weight"), {c.head_size});
    }
    w.ffn_norm = whole(prefix + "post_attention_layernorm.weight", {c.width});
    w.gate_up = fused({{prefix + "mlp.gate_proj.weight", c.ffn_width},
                       {prefix + "mlp.up_proj.weight", c.ffn_width}},
                      {c.width});
    w.down = whole(prefix + "mlp.down_proj.weight", {c.width, c.ffn_width});
    return w;
  }

  at::Tensor whole(std::string name, std::vector<int64_t> shape) {
    const at::Tensor tensor = at::empty(shape, options_);
    plan_.parts.push_back({std::move(name), tensor});
    return tensor;
  }

  /// One tensor whose rows come from several: names and rows, then the shape after the rows.
  at::Tensor fused(const std::vector<std::pair<std::string, int64_t>>& pieces,
                   std::vector<int64_t> tail) {
    int64_t rows = 0;
    for (const auto& [name, count] : pieces) rows += count;
    tail.insert(tail.begin(), rows);
    const at::Tensor tensor = at::empty(tail, options_);
    int64_t row = 0;
    for (const auto& [name, count] : pieces) {
      plan_.parts.push_back({name, tensor.narrow(0, row, count)});
      row += count;
    }
    return tensor;
  }

  const ModelConfig& config_;
  at::TensorOptions options_;
  Plan plan_;
};

/// Saved by some exporters, and not computed with: the table of RoPE, an output matrix that is the
/// embedding.
bool is_superfluous(const std::string& name, const ModelConfig& config) {
  return name.ends_with(".rotary_emb.inv_freq") ||
         (config.tied_embeddings && name == "lm_head.weight");
}

}  // namespace

void check_hf_tensors(const HfTensors& tensors, const ModelConfig& config) {
  if (config.layers > static_cast<int64_t>(tensors.tensors().size())) {
    tensors.fail(fmt::format("{} tensors cannot be a model of {} layers", tensors.tensors().size(),
                             config.layers));
  }
  const Plan plan = Planner(config, at::TensorOptions(at::kMeta)).plan();
  std::set<std::string_view> expected;
  for (const Plan::Part& part : plan.parts) {
    tensors.tensor(part.name, part.target.sizes().vec());
    expected.insert(part.name);
  }
  for (const auto& [name, tensor] : tensors.tensors()) {
    if (expected.contains(name) || is_superfluous(name, config)) continue;
    tensors.fail(
        fmt::format("tensor '{}' is not part of a {} model of {} layers as this program "
                    "computes it",
                    name, family_name(config.family), config.layers));
  }
}

ModelWeights load_hf_weights(const HfTensors& tensors, const ModelConfig& config, at::Device device,
                             at::ScalarType dtype, LoadProgress& progress) {
  Plan plan = Planner(config, at::TensorOptions(device).dtype(dtype)).plan();
  struct Source {
    const HfTensors::Tensor* tensor;
    at::Tensor target;
  };
  std::vector<Source> sources;
  for (const Plan::Part& part : plan.parts) {
    sources.push_back({&tensors.tensor(part.name, part.target.sizes().vec()), part.target});
  }
  // In the order of the files: a disk reads onwards, not to and fro.
  std::sort(sources.begin(), sources.end(), [](const Source& a, const Source& b) {
    return std::pair(a.tensor->file, a.tensor->place.begin) <
           std::pair(b.tensor->file, b.tensor->place.begin);
  });
  WeightStream stream(device, progress);
  for (const Source& source : sources) {
    stream.load(*source.tensor->file, source.tensor->place, source.target);
  }
  stream.finish();
  return std::move(plan.weights);
}

}  // namespace skipbench
