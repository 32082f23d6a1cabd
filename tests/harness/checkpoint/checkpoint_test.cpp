#include "harness/checkpoint/checkpoint.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "harness/base/folders.h"
#include "harness/base/sha256.h"
#include "harness/checkpoint/file_hash.h"
#include "harness/checkpoint/random/random_checkpoint.h"
#include "harness/text/chat_template.h"
#include "kernels/base/error.h"
#include "tests/harness/checkpoint/support/tiny_gguf.h"

namespace skipbench {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

std::string tiny_file(const std::string& name) {
  return tiny_gguf("llama", tiny_weights(TinySizes{}, false, true)).write(name);
}

TEST(Checkpoint, OfAFileHasModelTokenizerAndChatTemplate) {
  const std::string path = tiny_file("whole.gguf");
  const Checkpoint checkpoint = load_checkpoint(path, at::kCPU, at::kFloat);
  EXPECT_EQ(checkpoint.info.name, "whole");
  EXPECT_EQ(checkpoint.info.hash, sha256_file_hex(path));
  EXPECT_EQ(checkpoint.model->hash, checkpoint.info.hash);
  EXPECT_FALSE(checkpoint.model->random_weights);
  EXPECT_EQ(checkpoint.chat, ChatTemplate::kChatMl);
  EXPECT_EQ(checkpoint.tokenizer->vocabulary(), 268);
  EXPECT_EQ(checkpoint.tokenizer->encode("<|im_end|>", true, true),
            (std::vector<TokenId>{262, 265}));
}

TEST(Checkpoint, TextSideComesWithoutTheModel) {
  const Checkpoint checkpoint = load_text_side(tiny_file("text.gguf"));
  EXPECT_EQ(checkpoint.model, nullptr);
  EXPECT_NE(checkpoint.tokenizer, nullptr);
  EXPECT_EQ(checkpoint.info.config.layers, 2);
}

TEST(Checkpoint, InspectingAgreesWithLoading) {
  const std::string path = tiny_file("inspect.gguf");
  const CheckpointInfo info = inspect_checkpoint(path);
  EXPECT_EQ(info.file, path);
  EXPECT_EQ(info.hash, load_text_side(path).info.hash);
  EXPECT_EQ(info.config.vocabulary, 270);
}

TEST(Checkpoint, RefusesMoreTokensThanEmbeddings) {
  GgufWriter writer = tiny_gguf("llama", tiny_weights(TinySizes{}, false, true));
  auto& embedding = writer.tensor("token_embd.weight");
  embedding.shape = {100, 8};
  EXPECT_THAT([&] { inspect_checkpoint(writer.write("few.gguf")); },
              ThrowsMessage<InputError>(HasSubstr("268 tokens, the embedding only 100 rows")));
}

TEST(Checkpoint, NamesTheFileWhoseTokenizerIsBroken) {
  GgufWriter writer = tiny_gguf("llama", tiny_weights(TinySizes{}, false, true));
  writer.remove("tokenizer.ggml.merges");
  writer.add_texts("tokenizer.ggml.merges", {"a zz"});
  EXPECT_THAT(
      [&] { load_text_side(writer.write("merges.gguf")); },
      ThrowsMessage<InputError>(HasSubstr("merges.gguf: merge 0 ('a zz') needs token 'zz'")));
}

TEST(Checkpoint, SaysWhatIsKnownWhenANameIsNot) {
  EXPECT_THAT([] { inspect_checkpoint("smollm2-135"); },
              ThrowsMessage<InputError>(HasSubstr("did you mean 'smollm2-135m'?")));
  EXPECT_THAT([] { inspect_checkpoint("random:llama-3.1-8n"); },
              ThrowsMessage<InputError>(HasSubstr("did you mean 'llama-3.1-8b'?")));
  EXPECT_THAT([] { inspect_checkpoint("/nowhere/model.gguf"); },
              ThrowsMessage<InputError>(HasSubstr("no such checkpoint: '/nowhere/model.gguf'")));
  EXPECT_THAT([] { inspect_checkpoint("models/Llama-3.1-8B-Instruct"); },
              ThrowsMessage<InputError>(
                  HasSubstr("hf download ORGANISATION/Llama-3.1-8B-Instruct --local-dir "
                            "models/Llama-3.1-8B-Instruct")));
  EXPECT_THAT([] { inspect_checkpoint("/"); },
              ThrowsMessage<InputError>(HasSubstr("cannot read '/config.json'")));
}

TEST(Checkpoint, SaysHowToFetchAKnownModelThatIsNotThere) {
  const char* before = std::getenv("SKIPBENCH_CACHE");
  const std::string kept = before != nullptr ? before : "";
  setenv("SKIPBENCH_CACHE", testing::TempDir().c_str(), 1);
  for (const std::string name : {"smollm2-135m", "qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b"}) {
    EXPECT_THAT([&] { inspect_checkpoint(name); },
                ThrowsMessage<InputError>(HasSubstr("run scripts/fetch_model " + name)));
  }
  before != nullptr ? setenv("SKIPBENCH_CACHE", kept.c_str(), 1) : unsetenv("SKIPBENCH_CACHE");
}

TEST(Checkpoint, LoadsSmolLm2) {
  const auto file = cache_folder() / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf";
  if (!std::filesystem::exists(file))
    GTEST_SKIP() << file << " is absent; scripts/fetch_model fetches it";
  const Checkpoint checkpoint = load_checkpoint("smollm2-135m", at::kCPU, at::kFloat);
  EXPECT_EQ(checkpoint.info.hash,
            "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53");
  EXPECT_EQ(checkpoint.info.config.layers, 30);
  EXPECT_EQ(checkpoint.info.config.rope_base, 100000.0);
  EXPECT_TRUE(checkpoint.info.config.tied_embeddings);
  EXPECT_EQ(checkpoint.tokenizer->end_tokens(), (std::vector<TokenId>{2}));
  const Prompt prompt = build_prompt(*checkpoint.tokenizer, checkpoint.chat, "Hi", "");
  EXPECT_THAT(
      checkpoint.tokenizer->decode(prompt.tokens, false),
      HasSubstr(
          "named SmolLM, trained by Hugging Face<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"));
}

TEST(Checkpoint, LoadsQwenCoder) {
  const auto file = cache_folder() / "models" / "Qwen2.5-Coder-0.5B-Instruct.Q4_K_M.gguf";
  if (!std::filesystem::exists(file)) {
    GTEST_SKIP() << file << " is absent; scripts/fetch_model qwen2.5-coder-0.5b fetches it";
  }
  const Checkpoint checkpoint = load_text_side("qwen2.5-coder-0.5b");
  EXPECT_EQ(checkpoint.info.hash,
            "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32");
  const ModelConfig shape = random_config("qwen2.5-coder-0.5b");
  EXPECT_EQ(checkpoint.info.config.layers, shape.layers);
  EXPECT_EQ(checkpoint.info.config.width, shape.width);
  EXPECT_EQ(checkpoint.info.config.query_heads, shape.query_heads);
  EXPECT_EQ(checkpoint.chat, ChatTemplate::kQwen2);
}

TEST(FileHash, IsRememberedUntilTheFileChanges) {
  const auto file = std::filesystem::path(testing::TempDir()) / "hashed";
  std::ofstream(file) << "one";
  EXPECT_EQ(cached_file_hash(file), sha256_hex("one"));
  const auto memory = file.string() + ".sha256";
  ASSERT_TRUE(std::filesystem::exists(memory));

  // What is remembered is used: a wrong hash with the right fingerprint comes back.
  std::string content;
  std::getline(std::ifstream(memory), content);
  const std::string wrong(64, 'f');
  std::ofstream(memory) << wrong + content.substr(64) << '\n';
  EXPECT_EQ(cached_file_hash(file), wrong);

  std::ofstream(file) << "other";
  EXPECT_EQ(cached_file_hash(file), sha256_hex("other"));
}

}  // namespace
}  // namespace skipbench
