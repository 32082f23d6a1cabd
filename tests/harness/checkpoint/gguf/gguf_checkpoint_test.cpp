#include "harness/checkpoint/gguf/gguf_checkpoint.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "harness/checkpoint/gguf/gguf_text.h"
#include "kernels/base/error.h"
#include "tests/harness/checkpoint/support/tiny_gguf.h"

namespace skipbench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

at::Tensor as_tensor(const std::vector<float>& values, at::IntArrayRef shape) {
  return at::tensor(values).view(shape);
}

/// The fused matrix must hold the K, Q and V rows in rotate-half order, one after the other.
void expect_model(const std::string& architecture, bool bias, bool tied) {
  const TinySizes s;
  const TinyWeights w = tiny_weights(s, bias, tied);
  const GgufFile file(tiny_gguf(architecture, w).write("tiny.gguf"));
  const ModelConfig config = gguf_model_config(file);
  EXPECT_EQ(config.qkv_bias, bias);
  EXPECT_EQ(config.tied_embeddings, tied);
  const ModelWeights weights = load_gguf_weights(file, config, at::kCPU, at::kFloat);

  const auto matrix = [&](const std::string& name) { return as_tensor(w.at(name), {-1, s.width}); };
  ASSERT_EQ(weights.layers.size(), s.layers);
  for (int layer = 0; layer < 2; ++layer) {
    const std::string name = "blk." + std::to_string(layer) + ".";
    const LayerWeights& loaded = weights.layers[layer];
    EXPECT_TRUE(at::equal(loaded.kqv,
                          at::cat({matrix(name + "attn_k.weight"), matrix(name + "attn_q.weight"),
                                   matrix(name + "attn_v.weight")})));
    EXPECT_TRUE(at::equal(loaded.gate_up, at::cat({matrix(name + "ffn_gate.weight"),
                                                   matrix(name + "ffn_up.weight")})));
    EXPECT_TRUE(
        at::equal(loaded.down, as_tensor(w.at(name + "ffn_down.weight"), {s.width, s.ffn_width})));
    EXPECT_TRUE(at::equal(loaded.attention_out,
                          as_tensor(w.at(name + "attn_output.weight"), {s.width, 16})));
    EXPECT_TRUE(at::equal(loaded.attention_norm, at::tensor(w.at(name + "attn_norm.weight"))));
    EXPECT_TRUE(at::equal(loaded.ffn_norm, at::tensor(w.at(name + "ffn_norm.weight"))));
    EXPECT_EQ(loaded.kqv_bias.defined(), bias);
    if (!bias) continue;
    EXPECT_TRUE(at::equal(loaded.kqv_bias, at::cat({at::tensor(w.at(name + "attn_k.bias")),
                                                    at::tensor(w.at(name + "attn_q.bias")),
                                                    at::tensor(w.at(name + "attn_v.bias"))})));
  }
  EXPECT_TRUE(at::equal(weights.embedding, matrix("token_embd.weight")));
  EXPECT_TRUE(at::equal(weights.final_norm, at::tensor(w.at("output_norm.weight"))));
  EXPECT_EQ(weights.output.is_same(weights.embedding), tied);
  EXPECT_TRUE(at::equal(weights.output, matrix(tied ? "token_embd.weight" : "output.weight")));
}

TEST(GgufCheckpoint, UndoesTheInterleavedRowsOfLlamaFiles) {
  expect_model("llama", false, true);
}
TEST(GgufCheckpoint, UndoesTheInterleavedBiasesOfLlamaFiles) {
  expect_model("llama", true, false);
}
TEST(GgufCheckpoint, LeavesTheRowsOfQwen2FilesAsTheyAre) {
  expect_model("qwen2", true, false);
}

GgufWriter tiny_llama_gguf() {
  return tiny_gguf("llama", tiny_weights(TinySizes{}, false, true));
}

TEST(GgufCheckpoint, ReadsTheConfig) {
  const GgufFile file(tiny_llama_gguf().write("config.gguf"));
  const ModelConfig c = gguf_model_config(file);
  EXPECT_EQ(c.family, Family::kLlama);
  EXPECT_THAT((std::vector<int64_t>{c.layers, c.width, c.ffn_width, c.query_heads, c.kv_heads,
                                    c.head_size, c.vocabulary, c.context}),
              ElementsAre(2, 8, 12, 4, 2, 4, 270, 128));
  EXPECT_EQ(c.rope_base, 5000.0);
  EXPECT_FLOAT_EQ(static_cast<float>(c.norm_epsilon), 1e-6f);
}

ModelConfig config_with(const std::function<void(GgufWriter&)>& change) {
  GgufWriter writer = tiny_llama_gguf();
  change(writer);
  return gguf_model_config(GgufFile(writer.write("scaled.gguf")));
}

TEST(GgufCheckpoint, ReadsRopeScaling) {
  using Kind = RopeScaling::Kind;
  const ModelConfig linear = config_with([](GgufWriter& writer) {
    writer.add_text("llama.rope.scaling.type", "linear");
    writer.add_float32("llama.rope.scaling.factor", 4.0f);
  });
  EXPECT_EQ(linear.rope_scaling.kind, Kind::kLinear);
  EXPECT_EQ(linear.context, 4 * 128);

  const ModelConfig older =
      config_with([](GgufWriter& writer) { writer.add_float32("llama.rope.scale_linear", 2.0f); });
  EXPECT_EQ(older.rope_scaling.kind, Kind::kLinear);
  EXPECT_EQ(older.rope_scaling.factor, 2.0);

  const ModelConfig yarn = config_with([](GgufWriter& writer) {
    writer.add_text("llama.rope.scaling.type", "yarn");
    writer.add_float32("llama.rope.scaling.factor", 4.0f);
    writer.add_uint32("llama.rope.scaling.original_context_length", 64);
  });
  EXPECT_EQ(yarn.rope_scaling.kind, Kind::kYarn);
  EXPECT_EQ(yarn.rope_scaling.original_context, 64);
  EXPECT_EQ(yarn.rope_scaling.attention_factor, yarn_attention_factor(4, 0, 0));
  EXPECT_EQ(yarn.context, 256);

  const ModelConfig divided = config_with([](GgufWriter& writer) {
    writer.add_tensor("rope_freqs.weight", {2}, {1, 8});
  });
  EXPECT_EQ(divided.rope_scaling.kind, Kind::kDivisors);
  EXPECT_THAT(divided.rope_scaling.divisors, ElementsAre(1.0f, 8.0f));
}

TEST(GgufCheckpoint, RoundsToTheDtypeAskedFor) {
  const GgufFile file(tiny_llama_gguf().write("bf16.gguf"));
  const ModelConfig config = gguf_model_config(file);
  const ModelWeights full = load_gguf_weights(file, config, at::kCPU, at::kFloat);
  const ModelWeights half = load_gguf_weights(file, config, at::kCPU, at::kBFloat16);
  EXPECT_TRUE(at::equal(half.layers[1].kqv, full.layers[1].kqv.to(at::kBFloat16)));
}

template <class Spoil>
auto config_of(Spoil spoil) {
  return [spoil] {
    GgufWriter writer = tiny_llama_gguf();
    spoil(writer);
    const GgufFile file(writer.write("spoilt.gguf"));
    gguf_model_config(file);
    gguf_tokenizer_spec(file);
  };
}

template <class Spoil>
void expect_gguf_refused(Spoil spoil, const std::string& message) {
  EXPECT_THAT(config_of(spoil), ThrowsMessage<InputError>(testing::AllOf(HasSubstr("spoilt.gguf: "),
                                                                         HasSubstr(message))));
}

TEST(GgufCheckpoint, NamesAnUnsupportedArchitecture) {
  expect_gguf_refused(
      [](GgufWriter& writer) {
        writer.remove("general.architecture");
        writer.add_text("general.architecture", "gemma2");
      },
      "architecture 'gemma2' is not supported; known: llama, qwen2");
}

TEST(GgufCheckpoint, NamesMissingTensorsAndWrongShapes) {
  expect_gguf_refused(
      [](GgufWriter& writer) { writer.tensor("blk.1.ffn_up.weight").name = "blk.1.ffn_uq.weight"; },
      "tensor 'blk.1.ffn_up.weight' is missing");
  expect_gguf_refused(
      [](GgufWriter& writer) {
        writer.tensor("blk.1.attn_k.weight").shape = {8, 7};
      },
      "'blk.1.attn_k.weight' has shape [8, 7], expected [8, 8]");
  expect_gguf_refused(
      [](GgufWriter& writer) {
        writer.tensor("token_embd.weight").shape = {12, 180};
      },
      "'token_embd.weight' has shape [12, 180], expected [12, 8]");
  expect_gguf_refused(
      [](GgufWriter& writer) {
        writer.add_tensor("blk.0.attn_q_norm.weight", {4}, {1, 1, 1, 1});
      },
      "'blk.0.attn_q_norm.weight' is not part of a llama model");
}

TEST(GgufCheckpoint, NamesAnUnsupportedQuantisation) {
  expect_gguf_refused(
      [](GgufWriter& writer) {
        auto& tensor = writer.tensor("blk.0.ffn_down.weight");
        tensor.type = 10;
        tensor.shape = {8, 256};
      },
      "tensor 'blk.0.ffn_down.weight' is stored as Q2_K");
}

TEST(GgufCheckpoint, NamesMissingAndImpossibleKeys) {
  expect_gguf_refused([](GgufWriter& writer) { writer.remove("llama.block_count"); },
                      "no key 'llama.block_count'");
  expect_gguf_refused(
      [](GgufWriter& writer) {
        writer.remove("llama.attention.head_count");
        writer.add_uint32("llama.attention.head_count", 0);
      },
      "the number of query heads is 0");
  expect_gguf_refused(
      [](GgufWriter& writer) {
        writer.remove("llama.block_count");
        writer.add_uint32("llama.block_count", 4'000'000'000);
      },
      "the number of layers is 4000000000, expected a number from 1 to 65536");
  expect_gguf_refused(
      [](GgufWriter& writer) {
        writer.remove("llama.block_count");
        writer.add_uint32("llama.block_count", 3);
      },
      "tensor 'blk.2.attn_k.weight' is missing");
}

TEST(GgufCheckpoint, RefusesVariantsThatWouldBeComputedWrongly) {
  expect_gguf_refused(
      [](GgufWriter& writer) { writer.add_text("llama.rope.scaling.type", "longrope"); },
      "key 'llama.rope.scaling.type': RoPE scaling 'longrope' is not supported");
  expect_gguf_refused(
      [](GgufWriter& writer) {
        writer.add_tensor("rope_freqs.weight", {2}, {1, 8});
        writer.add_text("llama.rope.scaling.type", "linear");
      },
      "tensor 'rope_freqs.weight' beside RoPE scaling 'linear'");
  expect_gguf_refused(
      [](GgufWriter& writer) {
        writer.add_tensor("rope_freqs.weight", {3}, {1, 8, 8});
      },
      "'rope_freqs.weight' has shape [3], expected [2]");
  expect_gguf_refused([](GgufWriter& writer) { writer.add_uint32("llama.expert_count", 8); },
                      "mixture of experts");
  expect_gguf_refused(
      [](GgufWriter& writer) { writer.add_uint32("llama.rope.dimension_count", 2); },
      "key 'llama.rope.dimension_count' is 2");
  expect_gguf_refused([](GgufWriter& writer) { writer.add_uint32("split.count", 3); },
                      "one part of a split model");
}

TEST(GgufCheckpoint, NamesAnUnsupportedTokenizer) {
  expect_gguf_refused(
      [](GgufWriter& writer) {
        writer.remove("tokenizer.ggml.model");
        writer.add_text("tokenizer.ggml.model", "llama");
      },
      "tokenizer is of kind 'llama'; supported: gpt2");
  expect_gguf_refused(
      [](GgufWriter& writer) {
        writer.remove("tokenizer.ggml.pre");
        writer.add_text("tokenizer.ggml.pre", "smollm3");
      },
      "unknown pre-tokenizer 'smollm3'; did you mean 'smollm'?");
  expect_gguf_refused(
      [](GgufWriter& writer) {
        writer.remove("tokenizer.ggml.eos_token_id");
        writer.add_uint32("tokenizer.ggml.eos_token_id", 5000);
      },
      "'tokenizer.ggml.eos_token_id' is 5000");
  expect_gguf_refused(
      [](GgufWriter& writer) {
        writer.remove("tokenizer.ggml.token_type");
        writer.add_int32s("tokenizer.ggml.token_type", {1, 1});
      },
      "has 2 entries for 268 tokens");
}

}  // namespace
}  // namespace skipbench
