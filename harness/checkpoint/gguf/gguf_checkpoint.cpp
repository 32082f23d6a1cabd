#include "harness/checkpoint/gguf/gguf_checkpoint.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include "harness/checkpoint/file_hash.h"
#include "harness/checkpoint/gguf/gguf_dequantize.h"
#include "harness/checkpoint/gguf/gguf_rope.h"
#include "harness/checkpoint/gguf/gguf_tensors.h"
#include "kernels/base/suggest.h"

namespace skipbench {
namespace {

/// Keys "<architecture>.<name>".
class Keys {
 public:
  explicit Keys(const GgufFile& file)
      : file_(file), architecture_(file.text("general.architecture")) {}

  const std::string& architecture() const { return architecture_; }
  std::string key(std::string_view name) const { return fmt::format("{}.{}", architecture_, name); }
  int64_t integer(std::string_view name) const { return file_.integer(key(name)); }
  int64_t integer_or(std::string_view name, int64_t otherwise) const {
    return file_.find_integer(key(name)).value_or(otherwise);
  }
  double number(std::string_view name) const { return file_.number(key(name)); }
  double number_or(std::string_view name, double otherwise) const {
    return file_.find_number(key(name)).value_or(otherwise);
  }
  /// Throws when the key is there with another value than the only one that is implemented.
  void require_or_absent(std::string_view name, double only, std::string_view what) const {
    const double value = number_or(name, only);
    if (value == only) return;
    file_.fail(fmt::format("key '{}' is {}: {} is not supported, expected {}", key(name), value,
                           what, only));
  }

 private:
  const GgufFile& file_;
  std::string architecture_;
};

void refuse_variants(const GgufFile& file, const Keys& keys, const ModelConfig& config) {
  if (file.find_integer("split.count").value_or(1) > 1) {
    file.fail("is one part of a split model; join the parts with 'llama-gguf-split --merge' first");
  }
  const auto head_size = static_cast<double>(config.head_size);
  keys.require_or_absent("expert_count", 0, "a mixture of experts");
  keys.require_or_absent("rope.dimension_count", head_size, "rotating a part of the head");
  keys.require_or_absent("attention.value_length", head_size, "another head size for values");
}

ModelConfig read_config(const GgufFile& file) {
  const Keys keys(file);
  if (keys.architecture() != "llama" && keys.architecture() != "qwen2") {
    file.fail(fmt::format("architecture '{}' is not supported{}", keys.architecture(),
                          suggestion(keys.architecture(), gguf_architectures())));
  }
  ModelConfig config;
  config.name = file.find_text("general.name").value_or(file.path().stem().string());
  config.family = keys.architecture() == "qwen2" ? Family::kQwen2 : Family::kLlama;
  config.layers = keys.integer("block_count");
  config.width = keys.integer("embedding_length");
  config.ffn_width = keys.integer("feed_forward_length");
  config.query_heads = keys.integer("attention.head_count");
  config.kv_heads = keys.integer_or("attention.head_count_kv", config.query_heads);
  const int64_t heads = std::max<int64_t>(config.query_heads, 1);  // validate() refuses 0
  config.head_size = keys.integer_or("attention.key_length", config.width / heads);
  read_gguf_rope(file, keys.architecture(), config);
  config.norm_epsilon = keys.number("attention.layer_norm_rms_epsilon");
  const GgufTensor* embedding = file.find_tensor("token_embd.weight");
  if (embedding == nullptr) file.fail("tensor 'token_embd.weight' is missing");
  config.vocabulary = embedding->shape[0];
  config.tied_embeddings = file.find_tensor("output.weight") == nullptr;
  config.qkv_bias = file.find_tensor("blk.0.attn_q.bias") != nullptr;
  config.validate(file.path().string());
  refuse_variants(file, keys, config);
  return config;
}

/// De-quantises into `target` [rows, ...], a slice of a weight on any device in any dtype.
void load_into(const at::Tensor& target, const GgufTensor& tensor) {
  const auto& type = *tensor.type;
  const bool direct = target.is_cpu() && target.scalar_type() == at::kFloat;
  const at::Tensor numbers = direct ? target : at::empty(tensor.shape, at::kFloat);
  float* out = numbers.data_ptr<float>();
  const int64_t blocks = tensor.elements() / type.block_size;
  const int64_t grain = 65536 / type.block_size;
  at::parallel_for(0, blocks, grain, [&](int64_t begin, int64_t end) {
    gguf_dequantize(type, tensor.data.data() + begin * type.block_bytes, end - begin,
                    out + begin * type.block_size);
  });
  if (!direct) target.copy_(numbers);
}

/// Rows of each head from interleaved order (x0 y0 x1 y1 ...) to halves (x0 x1 ... y0 y1 ...): the
/// inverse of the permutation that llama.cpp's converter applies to q and k.
void undo_interleaving(const at::Tensor& rows, int64_t heads, int64_t head_size) {
  const at::Tensor split = rows.view({heads, head_size / 2, 2, -1});
  rows.view({heads, 2, head_size / 2, -1}).copy_(split.transpose(1, 2).clone());
}

class Loader {
 public:
  Loader(const GgufFile& file, const ModelConfig& config, at::TensorOptions options)
      : file_(file), config_(config), options_(options) {}

  at::Tensor tensor(std::string_view name, const std::vector<int64_t>& shape) const {
    at::Tensor result = at::empty(shape, options_);
    load_into(result, file_.tensor(name, shape));
    return result;
  }

  LayerWeights layer(int64_t index) const {
    const ModelConfig& c = config_;
    const auto name = [index](std::string_view part) { return gguf_layer_tensor(index, part); };
    LayerWeights weights;
    weights.attention_norm = tensor(name("attn_norm.weight"), {c.width});
    weights.kqv = fused_kqv(index, "weight", {c.width});
    if (c.qkv_bias) weights.kqv_bias = fused_kqv(index, "bias", {});
    weights.attention_out =
        tensor(name("attn_output.weight"), {c.width, c.query_heads * c.head_size});
    weights.ffn_norm = tensor(name("ffn_norm.weight"), {c.width});
    weights.gate_up = at::empty({2 * c.ffn_width, c.width}, options_);
    load_rows(weights.gate_up, 0, name("ffn_gate.weight"), {c.ffn_width, c.width});
    load_rows(weights.gate_up, c.ffn_width, name("ffn_up.weight"), {c.ffn_width, c.width});
    weights.down = tensor(name("ffn_down.weight"), {c.width, c.ffn_width});
    return weights;
  }

 private:
  at::Tensor load_rows(const at::Tensor& fused, int64_t first_row, const std::string& name,
                       const std::vector<int64_t>& shape) const {
    at::Tensor rows = fused.narrow(0, first_row, shape[0]);
    load_into(rows, file_.tensor(name, shape));
    return rows;
  }

  /// Weight [(Hkv + H + Hkv) * d, D] or bias [(Hkv + H + Hkv) * d]; `tail`: the shape after rows.
  at::Tensor fused_kqv(int64_t index, std::string_view part, std::vector<int64_t> tail) const {
    const ModelConfig& c = config_;
    const auto shape = [&tail](int64_t rows) {
      std::vector<int64_t> shape = {rows};
      shape.insert(shape.end(), tail.begin(), tail.end());
      return shape;
    };
    const int64_t kv_rows = c.kv_heads * c.head_size, q_rows = c.query_heads * c.head_size;
    const auto name = [&](std::string_view matrix) {
      return gguf_layer_tensor(index, fmt::format("{}.{}", matrix, part));
    };
    at::Tensor fused = at::empty(shape(c.kqv_width()), options_);
    const at::Tensor keys = load_rows(fused, 0, name("attn_k"), shape(kv_rows));
    const at::Tensor queries = load_rows(fused, kv_rows, name("attn_q"), shape(q_rows));
    load_rows(fused, kv_rows + q_rows, name("attn_v"), shape(kv_rows));
    if (c.family == Family::kLlama) {
      undo_interleaving(keys, c.kv_heads, c.head_size);
      undo_interleaving(queries, c.query_heads, c.head_size);
    }
    return fused;
  }

  const GgufFile& file_;
  const ModelConfig& config_;
  at::TensorOptions options_;
};

class GgufSource : public ModelSource {
 public:
  explicit GgufSource(const std::filesystem::path& path) : file_(path) {}

  ModelConfig config() const override { return gguf_model_config(file_); }
  std::string hash() const override { return cached_file_hash(file_.path()); }
  ModelWeights load(const ModelConfig& config, at::Device device,
                    at::ScalarType dtype) const override {
    return load_gguf_weights(file_, config, device, dtype);
  }
  [[noreturn]] void fail(std::string_view problem) const override { file_.fail(problem); }

 private:
  GgufFile file_;
};

}  // namespace

std::vector<std::string> gguf_architectures() {
  return {"llama", "qwen2"};
}

ModelConfig gguf_model_config(const GgufFile& file) {
  ModelConfig config = read_config(file);
  check_gguf_tensors(file, config);
  return config;
}

ModelWeights load_gguf_weights(const GgufFile& file, const ModelConfig& config, at::Device device,
                               at::ScalarType dtype) {
  const Loader loader(file, config, at::TensorOptions().device(device).dtype(dtype));
  ModelWeights weights;
  weights.embedding = loader.tensor("token_embd.weight", {config.vocabulary, config.width});
  for (int64_t i = 0; i < config.layers; ++i) weights.layers.push_back(loader.layer(i));
  weights.final_norm = loader.tensor("output_norm.weight", {config.width});
  weights.output = config.tied_embeddings
                       ? weights.embedding
                       : loader.tensor("output.weight", {config.vocabulary, config.width});
  return weights;
}

std::unique_ptr<ModelSource> open_gguf_checkpoint(const std::filesystem::path& path) {
  return std::make_unique<GgufSource>(path);
}

}  // namespace skipbench
