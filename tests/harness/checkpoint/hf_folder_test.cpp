#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <random>

#include "harness/checkpoint/checkpoint.h"
#include "harness/checkpoint/hf/hf_config.h"
#include "harness/checkpoint/hf/hf_text.h"
#include "harness/checkpoint/hf/hf_weights.h"
#include "harness/text/chat_template.h"
#include "kernels/base/error.h"
#include "tests/harness/checkpoint/support/tiny_hf.h"

namespace skipbench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

// Logits of every family are compared with transformers in tests/parity/hf_checkpoints.py.

TinyHf tiny_llama_hf(size_t shards = 1) {
  return tiny_hf("llama", tiny_weights(TinySizes{}, false, true), shards);
}

Checkpoint load(const std::filesystem::path& folder, at::ScalarType dtype = at::kFloat) {
  return load_checkpoint(folder.string(), at::kCPU, dtype);
}

void expect_model(const std::string& model_type, bool bias, bool tied, size_t shards) {
  const TinySizes s;
  const TinyWeights w = tiny_weights(s, bias, tied);
  const Checkpoint checkpoint = load(tiny_hf(model_type, w, shards).write("tiny_hf"));
  const ModelWeights& weights = checkpoint.model->weights;
  const auto matrix = [&](const std::string& name) {
    return at::tensor(w.at(name)).view({-1, s.width});
  };
  ASSERT_EQ(weights.layers.size(), s.layers);
  for (int layer = 0; layer < 2; ++layer) {
    const std::string name = "blk." + std::to_string(layer) + ".";
    const LayerWeights& loaded = weights.layers[layer];
    EXPECT_TRUE(at::equal(loaded.kqv,
                          at::cat({matrix(name + "attn_k.weight"), matrix(name + "attn_q.weight"),
                                   matrix(name + "attn_v.weight")})));
    EXPECT_TRUE(at::equal(loaded.gate_up, at::cat({matrix(name + "ffn_gate.weight"),
                                                   matrix(name + "ffn_up.weight")})));
    EXPECT_TRUE(at::equal(loaded.down.flatten(), at::tensor(w.at(name + "ffn_down.weight"))));
    EXPECT_TRUE(at::equal(loaded.attention_norm, at::tensor(w.at(name + "attn_norm.weight"))));
    EXPECT_EQ(loaded.kqv_bias.defined(), bias);
    if (!bias) continue;
    EXPECT_TRUE(at::equal(loaded.kqv_bias, at::cat({at::tensor(w.at(name + "attn_k.bias")),
                                                    at::tensor(w.at(name + "attn_q.bias")),
                                                    at::tensor(w.at(name + "attn_v.bias"))})));
  }
  EXPECT_TRUE(at::equal(weights.embedding, matrix("token_embd.weight")));
  EXPECT_TRUE(at::equal(weights.output, matrix(tied ? "token_embd.weight" : "output.weight")));
}

TEST(HfFolder, LoadsEveryTensorIntoItsPlace) {
  expect_model("llama", false, true, 1);
  expect_model("qwen2", true, false, 3);
}

TEST(HfFolder, HasTokenizerChatTemplateAndEndTokens) {
  TinyHf tiny = tiny_llama_hf();
  tiny.config["eos_token_id"] = {263, 266};
  const Checkpoint checkpoint = load(tiny.write("hf_text"));
  EXPECT_EQ(checkpoint.info.name, "hf_text");
  EXPECT_EQ(checkpoint.chat, ChatTemplate::kChatMl);
  EXPECT_EQ(checkpoint.tokenizer->vocabulary(), 268);
  EXPECT_THAT(checkpoint.tokenizer->encode("abc <tool>", true, true), ElementsAre(258, 32, 267));
  EXPECT_THAT(checkpoint.tokenizer->end_tokens(), ElementsAre(263, 266, 265));
}

TEST(HfFolder, TakesTheChatTemplateOfAFileOfItsOwn) {
  const auto folder = tiny_llama_hf().write("hf_jinja");
  std::ofstream(folder / "chat_template.jinja") << "{{ '<|start_header_id|>' }}";
  EXPECT_EQ(load_text_side(folder.string()).chat, ChatTemplate::kLlama3);
}

TEST(HfFolder, WithoutATokenizerIsAModelAlone) {
  TinyHf tiny = tiny_llama_hf();
  tiny.tokenizer = tiny.tokenizer_config = nullptr;
  const auto folder = tiny.write("hf_alone");
  EXPECT_EQ(load(folder).tokenizer, nullptr);
  std::ofstream(folder / "tokenizer.model") << "SentencePiece";
  EXPECT_THAT([&] { load(folder); },
              ThrowsMessage<InputError>(HasSubstr("has tokenizer.model but no tokenizer.json")));
}

TEST(HfFolder, ItsHashChangesWithWeightsAndDescriptions) {
  const std::string hash = inspect_checkpoint(tiny_llama_hf().write("hf_hash").string()).hash;
  TinyHf other = tiny_llama_hf();
  other.config["rope_theta"] = 6000.0;
  EXPECT_NE(inspect_checkpoint(other.write("hf_hash").string()).hash, hash);
  EXPECT_EQ(inspect_checkpoint(tiny_llama_hf().write("hf_hash").string()).hash, hash);
}

TEST(HfFolder, OfHuggingFacesCacheHasTheModelsName) {
  const auto cache = std::filesystem::path(testing::TempDir()) / "models--who--Some-Model-1B";
  std::filesystem::remove_all(cache);
  std::filesystem::create_directories(cache / "snapshots");
  std::filesystem::rename(tiny_llama_hf().write("hf_revision"), cache / "snapshots" / "0123abcd");
  EXPECT_EQ(inspect_checkpoint((cache / "snapshots" / "0123abcd").string()).name, "Some-Model-1B");
}

TEST(HfFolder, ConvertsBetweenDtypes) {
  const auto folder = tiny_llama_hf().write("hf_dtypes");
  const at::Tensor full = load(folder).model->weights.layers[1].kqv;
  for (const at::ScalarType dtype : {at::kBFloat16, at::kHalf}) {
    const at::Tensor half = load(folder, dtype).model->weights.layers[1].kqv;
    EXPECT_TRUE(at::equal(half, full.to(dtype)));
  }
}

TEST(HfFolder, ReadsRopeScalingAndTheContextThatItReaches) {
  using Kind = RopeScaling::Kind;
  const auto config_with = [](Json scaling) {
    TinyHf tiny = tiny_llama_hf();
    tiny.config["rope_scaling"] = std::move(scaling);
    return hf_model_config(tiny.write("hf_rope"));
  };
  const ModelConfig linear = config_with({{"type", "linear"}, {"factor", 4.0}});
  EXPECT_EQ(linear.rope_scaling.kind, Kind::kLinear);
  EXPECT_EQ(linear.context, 512);
  const ModelConfig yarn = config_with(
      {{"rope_type", "yarn"}, {"factor", 2.0}, {"original_max_position_embeddings", 64}});
  EXPECT_EQ(yarn.rope_scaling.original_context, 64);
  EXPECT_EQ(yarn.context, 128);
  const ModelConfig llama3 = config_with({{"rope_type", "llama3"},
                                          {"factor", 8.0},
                                          {"low_freq_factor", 1.0},
                                          {"high_freq_factor", 4.0},
                                          {"original_max_position_embeddings", 64}});
  EXPECT_EQ(llama3.rope_scaling.kind, Kind::kLlama3);
  EXPECT_EQ(llama3.context, 128);
  EXPECT_EQ(config_with({{"rope_type", "default"}}).rope_scaling.kind, Kind::kNone);
}

TEST(HfFolder, EndsTheContextWhereASlidingWindowBegins) {
  TinyHf tiny = tiny_hf("mistral", tiny_weights(TinySizes{}, false, false));
  tiny.config["sliding_window"] = 48;
  EXPECT_EQ(hf_model_config(tiny.write("hf_window")).context, 48);
  tiny.config["sliding_window"] = nullptr;
  EXPECT_EQ(hf_model_config(tiny.write("hf_window")).context, 128);
}

void expect_folder_refused(const std::function<void(TinyHf&)>& spoil, const std::string& message,
                           size_t shards = 1) {
  TinyHf tiny = tiny_llama_hf(shards);
  spoil(tiny);
  const auto folder = tiny.write("spoilt_hf");
  EXPECT_THAT([&] { load(folder); }, ThrowsMessage<InputError>(testing::AllOf(
                                         HasSubstr("spoilt_hf"), HasSubstr(message))));
}

void expect_config_refused(const std::string& key, const Json& value, const std::string& message) {
  expect_folder_refused([&](TinyHf& tiny) { tiny.config[key] = value; }, message);
}

TEST(HfFolder, NamesConfigsThatItCannotCompute) {
  expect_config_refused("model_type", "gemma2",
                        "model_type 'gemma2' is not supported; known: llama, mistral");
  expect_config_refused("model_type", "qwen", "did you mean 'qwen2'?");
  expect_config_refused("hidden_act", "gelu", "hidden_act 'gelu' is not supported");
  expect_config_refused("mlp_bias", true, "mlp_bias is not supported");
  expect_config_refused("quantization_config", Json::object(), "quantised weights");
  expect_config_refused("rope_scaling", {{"rope_type", "longrope"}, {"factor", 2.0}},
                        "RoPE scaling 'longrope' is not supported");
  expect_config_refused("rope_scaling", {{"rope_type", "yarn"}, {"factor", "4"}},
                        "config.json: rope_scaling: 'factor' is \"4\", expected a number");
  expect_config_refused("rope_scaling", {{"rope_type", "llama3"}, {"factor", 8.0}},
                        "key 'low_freq_factor' is missing");
  expect_config_refused("hidden_size", "large", "'hidden_size' is \"large\", expected an integer");
  expect_config_refused("num_attention_heads", 0, "the number of query heads is 0");
  expect_config_refused("num_hidden_layers", 60'000, "tensors cannot be a model of 60000 layers");
  expect_config_refused("vocab_size", int64_t{1} << 62,
                        "the vocabulary size is 4611686018427387904");
  expect_config_refused("vocab_size", 300,
                        "'model.embed_tokens.weight' has shape [270, 8], expected [300, 8]");
  expect_config_refused("num_hidden_layers", nullptr, "key 'num_hidden_layers' is missing");
}

TEST(HfFolder, NamesTensorsThatAreMissingForeignOrOfAnotherKind) {
  const auto rename = [](const char* from, const char* to) {
    return [from, to](TinyHf& tiny) {
      tiny.shards[0].header[to] = tiny.shards[0].header[from];
      tiny.shards[0].header.erase(from);
    };
  };
  expect_folder_refused(rename("model.layers.1.mlp.up_proj.weight", "other"),
                        "tensor 'model.layers.1.mlp.up_proj.weight' is missing");
  expect_folder_refused(
      [](TinyHf& tiny) { tiny.shards[0].add_floats("model.layers.0.extra", {1}, {1}); },
      "tensor 'model.layers.0.extra' is not part of a llama model");
  expect_folder_refused(
      [](TinyHf& tiny) { tiny.shards[0].header["model.norm.weight"]["dtype"] = "I32"; },
      "tensor 'model.norm.weight' is stored as I32, expected BF16, F16 or F32");
  expect_folder_refused(
      [](TinyHf& tiny) {
        tiny.shards[0].header["model.layers.0.self_attn.k_proj.weight"]["shape"] = {4, 16};
      },
      "'model.layers.0.self_attn.k_proj.weight' has shape [4, 16], expected [8, 8]");
}

TEST(HfFolder, IgnoresWhatExportersSaveWithoutNeed) {
  TinyHf tiny = tiny_llama_hf();
  tiny.shards[0].add_floats("model.layers.0.self_attn.rotary_emb.inv_freq", {2}, {1, 2});
  tiny.shards[0].add_floats("lm_head.weight", {1}, {1});
  EXPECT_NO_THROW(load(tiny.write("hf_superfluous")));
}

TEST(HfFolder, NamesShardsThatAreMissingTruncatedOrElsewhere) {
  const auto remove = tiny_llama_hf(2).write("hf_shards");
  std::filesystem::remove(remove / "model-2-of-2.safetensors");
  EXPECT_THAT([&] { load(remove); },
              ThrowsMessage<InputError>(HasSubstr("model-2-of-2.safetensors': No such file")));

  const auto cut = tiny_llama_hf(2).write("hf_shards");
  std::filesystem::resize_file(cut / "model-1-of-2.safetensors", 3000);
  EXPECT_THAT([&] { load(cut); },
              ThrowsMessage<InputError>(HasSubstr("model-1-of-2.safetensors: ")));

  const auto with_map = [](Json map) {
    return [map](TinyHf& tiny) { tiny.index = {{"weight_map", map}}; };
  };
  for (const char* outside : {"../secret.safetensors", "/etc/passwd", "..", "", "a/../b"}) {
    expect_folder_refused(with_map({{"model.norm.weight", outside}}),
                          "expected the name of a file in the same folder", 2);
  }
  expect_folder_refused(with_map({{"model.norm.weight", 7}}),
                        "the file of tensor 'model.norm.weight' is 7", 2);
  expect_folder_refused(with_map(Json::object()), "expected an object 'weight_map'", 2);
  expect_folder_refused(with_map({{"absent", "model-1-of-2.safetensors"}}),
                        "says that tensor 'absent' is in model-1-of-2.safetensors, where it is not",
                        2);
  expect_folder_refused(
      [](TinyHf& tiny) {
        for (SafetensorsWriter& shard : tiny.shards) shard.add_floats("twice", {1}, {1});
      },
      "tensor 'twice' stands in two files", 2);
}

TEST(HfFolder, SaysWhatAFolderWithoutWeightsLacks) {
  const auto folder = tiny_llama_hf().write("hf_empty");
  std::filesystem::remove(folder / "model.safetensors");
  EXPECT_THAT([&] { load(folder); },
              ThrowsMessage<InputError>(HasSubstr("neither model.safetensors nor")));
  std::ofstream(folder / "pytorch_model.bin") << "pickle";
  EXPECT_THAT([&] { load(folder); },
              ThrowsMessage<InputError>(HasSubstr("convert its pytorch_model.bin")));
  std::filesystem::remove(folder / "config.json");
  EXPECT_THAT([&] { load(folder); },
              ThrowsMessage<InputError>(HasSubstr("config.json': No such file")));
}

TEST(HfFolder, NamesTokenizerFilesThatContradictEachOther) {
  expect_folder_refused([](TinyHf& tiny) { tiny.tokenizer_config["eos_token"] = "<none>"; },
                        "'eos_token' is '<none>', which is not a token of tokenizer.json");
  expect_folder_refused([](TinyHf& tiny) { tiny.config["eos_token_id"] = 5000; },
                        "'eos_token_id' is 5000, outside the vocabulary of 268 tokens");
  expect_folder_refused([](TinyHf& tiny) { tiny.tokenizer["model"]["vocab"]["far"] = 400; },
                        "401 tokens, the embedding only 270 rows");
  expect_folder_refused(
      [](TinyHf& tiny) { tiny.tokenizer["model"]["vocab"]["far"] = 2'000'000'000; },
      "token 'far' has id 2000000000");
  expect_folder_refused(
      [](TinyHf& tiny) { tiny.tokenizer_config["chat_template"] = "{{ '<start_of_turn>' }}"; },
      "unknown chat template");
}

std::string content_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// One to three bytes of the first `reach` replaced, often by what means something in JSON.
std::string damaged(std::string bytes, size_t reach, std::mt19937& random) {
  constexpr std::string_view kMeaningful = "0123456789[]{},\":-eE.\\u";
  for (int flips = 1 + static_cast<int>(random() % 3); flips > 0; --flips) {
    const bool meaningful = random() % 2 == 0;
    bytes[random() % std::min(reach, bytes.size())] =
        meaningful ? kMeaningful[random() % kMeaningful.size()] : static_cast<char>(random() % 256);
  }
  return bytes;
}

TEST(HfFolder, NeverCrashesOnDamagedFiles) {
  const auto folder = tiny_llama_hf(2).write("hf_damaged");
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry);
  std::mt19937 random(9);
  int refused = 0;
  for (const auto& file : files) {
    const std::string whole = content_of(file);
    for (int round = 0; round < 60; ++round) {
      std::ofstream(file, std::ios::binary) << damaged(whole, 3000, random);
      try {
        load(folder);
      } catch (const InputError&) {
        ++refused;
      }
    }
    std::ofstream(file, std::ios::binary) << whole;
  }
  EXPECT_GT(refused, 50);
  EXPECT_NO_THROW(load(folder));
}

}  // namespace
}  // namespace skipbench
