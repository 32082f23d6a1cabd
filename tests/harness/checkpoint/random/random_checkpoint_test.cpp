#include "harness/checkpoint/random/random_checkpoint.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "harness/checkpoint/checkpoint.h"
#include "harness/text/chat_template.h"

namespace skipbench {
namespace {

int64_t parameters(const ModelConfig& c, bool with_embeddings) {
  const int64_t attention = c.kqv_width() * c.width + c.query_heads * c.head_size * c.width;
  const int64_t layers = c.layers * (attention + 3 * c.ffn_width * c.width);
  return layers + (with_embeddings ? (c.tied_embeddings ? 1 : 2) * c.vocabulary * c.width : 0);
}

TEST(RandomCheckpoint, ShapesHaveThePublishedParameterCounts) {
  EXPECT_NEAR(parameters(random_config("llama-3.1-8b"), true), 8.03e9, 0.01e9);
  EXPECT_NEAR(parameters(random_config("qwen2.5-7b"), true), 7.61e9, 0.01e9);
  EXPECT_NEAR(parameters(random_config("qwen2.5-7b"), false), 6.53e9, 0.01e9);
  EXPECT_NEAR(parameters(random_config("qwen2.5-coder-1.5b"), true), 1.54e9, 0.01e9);
  EXPECT_NEAR(parameters(random_config("qwen2.5-coder-0.5b"), true), 0.494e9, 0.001e9);
  EXPECT_NEAR(parameters(random_config("openpangu-1b"), false), 1e9, 0.1e9);
  EXPECT_NEAR(parameters(random_config("smollm2-135m"), true), 134.5e6, 0.1e6);
}

TEST(RandomCheckpoint, EveryShapeIsAValidConfig) {
  for (const std::string& shape : random_shapes()) {
    const CheckpointInfo info = inspect_checkpoint("random:" + shape);
    EXPECT_NO_THROW(info.config.validate(shape));
    EXPECT_TRUE(info.random_weights);
    EXPECT_EQ(info.name, "random:" + shape);
  }
}

TEST(RandomCheckpoint, IsTheSameEachTimeAndAnotherForEachSeed) {
  const ModelConfig config = random_config("tiny-qwen2");
  const Model one = random_model(config, at::kCPU, at::kFloat, 1);
  const Model again = random_model(config, at::kCPU, at::kFloat, 1);
  const Model other = random_model(config, at::kCPU, at::kFloat, 2);
  EXPECT_TRUE(at::equal(one.weights.layers[3].down, again.weights.layers[3].down));
  EXPECT_FALSE(at::equal(one.weights.layers[3].down, other.weights.layers[3].down));
  EXPECT_EQ(one.hash, again.hash);
  EXPECT_NE(one.hash, other.hash);
  EXPECT_TRUE(one.random_weights);
  EXPECT_NO_THROW(check_shapes(one));
}

TEST(RandomCheckpoint, SmallModelsAreTheSameInEveryDtype) {
  const ModelConfig config = random_config("tiny-llama");
  const Model full = random_model(config, at::kCPU, at::kFloat, 1);
  const Model half = random_model(config, at::kCPU, at::kBFloat16, 1);
  EXPECT_TRUE(at::equal(half.weights.layers[2].kqv, full.weights.layers[2].kqv.to(at::kBFloat16)));
}

TEST(RandomCheckpoint, HasNoTokenizer) {
  const Checkpoint checkpoint = load_checkpoint("random:tiny-llama", at::kCPU, at::kFloat);
  EXPECT_EQ(checkpoint.tokenizer, nullptr);
  EXPECT_NO_THROW(check_shapes(*checkpoint.model));
  EXPECT_EQ(load_text_side("random:tiny-llama").tokenizer, nullptr);
}

}  // namespace
}  // namespace skipbench
