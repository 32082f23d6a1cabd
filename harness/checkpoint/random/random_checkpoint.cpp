#include "harness/checkpoint/random/random_checkpoint.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "harness/base/sha256.h"
#include "kernels/base/error.h"
#include "kernels/base/suggest.h"

namespace skipbench {
namespace {

constexpr double kStandardDeviation = 0.02;
constexpr int64_t kDrawnOnCpu = 200'000'000;  // parameters

struct Shape {
  const char* name;
  Family family;
  int64_t layers, width, ffn_width, query_heads, kv_heads, head_size, vocabulary, context;
  double rope_base, norm_epsilon;
  bool tied, bias;
};

// Sources: the config.json of each model. openPangu-Embedded-1B: its model card states layers,
// width, heads and a 153k vocabulary; F = 6144, V = 153376, RoPE base and tied embeddings are not
// stated there: they are chosen to agree with "1B without embeddings" (0.92 billion). Its bias on
// the output projection is left out (no effect on speed).
// clang-format off
constexpr Shape kShapes[] = {
    //  name            family           L   D     F      H   Hkv d    V       context RoPE base eps  tied   bias
    {"llama-3.1-8b",  Family::kLlama, 32, 4096, 14336, 32, 8, 128, 128256, 131072, 500000, 1e-5, false, false},
    {"qwen2.5-7b",    Family::kQwen2, 28, 3584, 18944, 28, 4, 128, 152064, 131072, 1000000, 1e-6, false, true},
    {"qwen2.5-coder-1.5b", Family::kQwen2, 28, 1536, 8960, 12, 2, 128, 151936, 32768, 1000000, 1e-6, true, true},
    {"qwen2.5-coder-0.5b", Family::kQwen2, 24, 896,  4864, 14, 2, 64,  151936, 32768, 1000000, 1e-6, true, true},
    {"openpangu-1b",  Family::kLlama, 26, 1536, 6144,  12, 6, 128, 153376, 32768, 4000000, 1e-5, true, true},
    {"smollm2-135m",  Family::kLlama, 30, 576,  1536,  9,  3, 64,  49152,  8192,  100000, 1e-5, true, false},
    {"tiny-llama",    Family::kLlama, 4,  64,   160,   4,  2, 16,  512,    4096,  10000,  1e-5, true, false},
    {"tiny-qwen2",    Family::kQwen2, 4,  64,   160,   4,  1, 16,  512,    4096,  10000,  1e-6, false, true},
};
// clang-format on

int64_t parameter_count(const ModelConfig& c) {
  const int64_t layer = c.kqv_width() * c.width + c.width * c.query_heads * c.head_size +
                        3 * c.ffn_width * c.width + 2 * c.width + (c.qkv_bias ? c.kqv_width() : 0);
  return c.layers * layer + (c.tied_embeddings ? 1 : 2) * c.vocabulary * c.width + c.width;
}

/// Draws tensors one after the other from one seeded stream.
class Dice {
 public:
  Dice(bool on_cpu, at::Device device, at::ScalarType dtype, uint64_t seed)
      : on_cpu_(on_cpu), options_(at::TensorOptions().device(device).dtype(dtype)) {
    generator_ = at::globalContext().defaultGenerator(on_cpu ? at::kCPU : device).clone();
    generator_.set_current_seed(seed);
  }

  at::Tensor normal(at::IntArrayRef shape) {
    at::Tensor drawn = on_cpu_ ? at::empty(shape, at::kFloat) : at::empty(shape, options_);
    return drawn.normal_(0, kStandardDeviation, generator_).to(options_);
  }
  at::Tensor ones(int64_t size) const { return at::ones({size}, options_); }

 private:
  bool on_cpu_;
  at::TensorOptions options_;
  at::Generator generator_;
};

LayerWeights random_layer(const ModelConfig& c, Dice& dice) {
  LayerWeights weights;
  weights.attention_norm = dice.ones(c.width);
  weights.kqv = dice.normal({c.kqv_width(), c.width});
  if (c.qkv_bias) weights.kqv_bias = dice.normal({c.kqv_width()});
  weights.attention_out = dice.normal({c.width, c.query_heads * c.head_size});
  weights.ffn_norm = dice.ones(c.width);
  weights.gate_up = dice.normal({2 * c.ffn_width, c.width});
  weights.down = dice.normal({c.width, c.ffn_width});
  return weights;
}

}  // namespace

std::vector<std::string> random_shapes() {
  std::vector<std::string> names;
  for (const Shape& shape : kShapes) names.emplace_back(shape.name);
  return names;
}

ModelConfig random_config(const std::string& name) {
  for (const Shape& s : kShapes) {
    if (name != s.name) continue;
    return {.name = "random:" + name,
            .family = s.family,
            .layers = s.layers,
            .width = s.width,
            .ffn_width = s.ffn_width,
            .query_heads = s.query_heads,
            .kv_heads = s.kv_heads,
            .head_size = s.head_size,
            .vocabulary = s.vocabulary,
            .context = s.context,
            .rope_base = s.rope_base,
            .norm_epsilon = s.norm_epsilon,
            .tied_embeddings = s.tied,
            .qkv_bias = s.bias};
  }
  throw InputError(
      fmt::format("unknown shape 'random:{}'{}", name, suggestion(name, random_shapes())));
}

std::string random_hash(const ModelConfig& config, uint64_t seed) {
  return sha256_hex(fmt::format("{} seed {}", config.name, seed));
}

Model random_model(const ModelConfig& config, at::Device device, at::ScalarType dtype,
                   uint64_t seed) {
  Dice dice(parameter_count(config) <= kDrawnOnCpu, device, dtype, seed);
  Model model{
      .config = config, .weights = {}, .hash = random_hash(config, seed), .random_weights = true};
  model.weights.embedding = dice.normal({config.vocabulary, config.width});
  for (int64_t i = 0; i < config.layers; ++i) {
    model.weights.layers.push_back(random_layer(config, dice));
  }
  model.weights.final_norm = dice.ones(config.width);
  model.weights.output = config.tied_embeddings ? model.weights.embedding
                                                : dice.normal({config.vocabulary, config.width});
  return model;
}

}  // namespace skipbench
