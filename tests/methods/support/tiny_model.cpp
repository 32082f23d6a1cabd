#include "tests/methods/support/tiny_model.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>

#include <random>

namespace skipbench::test {
namespace {

constexpr int64_t kVocabulary = 61;

class WeightMaker {
 public:
  explicit WeightMaker(uint64_t seed) : generator_(at::detail::createCPUGenerator(seed)) {}

  at::Tensor matrix(int64_t out, int64_t in, double gain = 1.0) {
    return normal({out, in}, gain / std::sqrt(static_cast<double>(in)));
  }
  at::Tensor norm(int64_t width) { return 1 + normal({width}, 0.2); }
  at::Tensor normal(at::IntArrayRef shape, double deviation) {
    return at::randn(shape, generator_, at::TensorOptions(at::kFloat)) * deviation;
  }

 private:
  at::Generator generator_;
};

}  // namespace

std::vector<TinyShape> tiny_shapes() {
  return {{.name = "LlamaGroup1", .query_heads = 4, .kv_heads = 4},
          {.name = "LlamaGroup3", .query_heads = 6, .kv_heads = 2, .tied = true},
          {.name = "LlamaGroup4", .query_heads = 8, .kv_heads = 2},
          {.name = "LlamaGroup8", .query_heads = 8, .kv_heads = 1},
          {.name = "QwenGroup1", .family = Family::kQwen2, .query_heads = 3, .kv_heads = 3},
          {.name = "QwenGroup3", .family = Family::kQwen2, .query_heads = 9, .kv_heads = 3},
          {.name = "QwenGroup4", .family = Family::kQwen2, .query_heads = 4, .kv_heads = 1},
          {.name = "QwenGroup8", .family = Family::kQwen2, .query_heads = 16, .kv_heads = 2}};
}

TinyShape tiny_llama() {
  return tiny_shapes()[1];
}

Model tiny_model(const TinyShape& shape, uint64_t seed) {
  // Products this small are not worth sharing: on a busy machine, threads that wait for one another
  // made these tests twenty times slower.
  at::set_num_threads(1);
  Model model;
  ModelConfig& c = model.config;
  c = {.name = shape.name,
       .family = shape.family,
       .layers = shape.layers,
       .width = 32,
       .ffn_width = 80,
       .query_heads = shape.query_heads,
       .kv_heads = shape.kv_heads,
       .head_size = shape.head_size,
       .vocabulary = kVocabulary,
       .context = 2048,
       .tied_embeddings = shape.tied,
       .qkv_bias = shape.family == Family::kQwen2};
  WeightMaker make(seed);
  model.weights.embedding = make.normal({c.vocabulary, c.width}, 1.0);
  for (int64_t layer = 0; layer < c.layers; ++layer) {
    LayerWeights w;
    w.attention_norm = make.norm(c.width);
    w.kqv = make.matrix(c.kqv_width(), c.width, 1.5);  // scores spread enough to tell tokens apart
    if (c.qkv_bias) w.kqv_bias = make.normal({c.kqv_width()}, 0.3);
    w.attention_out = make.matrix(c.width, c.query_heads * c.head_size);
    w.ffn_norm = make.norm(c.width);
    w.gate_up = make.matrix(2 * c.ffn_width, c.width);
    w.down = make.matrix(c.width, c.ffn_width);
    model.weights.layers.push_back(w);
  }
  model.weights.final_norm = make.norm(c.width);
  model.weights.output =
      shape.tied ? model.weights.embedding : make.matrix(c.vocabulary, c.width, 2.0);
  model.hash = shape.name;
  check_shapes(model);
  return model;
}

Prompt tiny_prompt(int64_t length, uint64_t seed) {
  std::mt19937_64 random(seed);
  Prompt prompt;
  prompt.seed = seed;
  prompt.content_end = length;
  for (int64_t i = 0; i < length; ++i) {
    prompt.tokens.push_back(static_cast<int32_t>(random() % kVocabulary));
  }
  return prompt;
}

std::vector<std::vector<int32_t>> tiny_texts() {
  std::vector<std::vector<int32_t>> texts;
  for (const int64_t length : {70, 1, 33}) {
    texts.push_back(tiny_prompt(length, static_cast<uint64_t>(100 + length)).tokens);
  }
  return texts;
}

}  // namespace skipbench::test
