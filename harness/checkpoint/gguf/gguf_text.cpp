#include "harness/checkpoint/gguf/gguf_text.h"

#include <fmt/format.h>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

// tokenizer.ggml.token_type, as llama.cpp has it.
constexpr int64_t kControlToken = 3, kUserDefinedToken = 4;

PreTokenizer read_pre_tokenizer(const GgufFile& file) {
  const std::string_view model = file.text("tokenizer.ggml.model");
  if (model != "gpt2") {
    file.fail(
        fmt::format("the tokenizer is of kind '{}'; supported: gpt2 (byte-level BPE)", model));
  }
  try {
    return pre_tokenizer_from_name(file.text("tokenizer.ggml.pre"));
  } catch (const InputError& error) {
    if (!file.has("tokenizer.ggml.pre")) throw;
    file.fail(fmt::format("key 'tokenizer.ggml.pre': {}", error.what()));
  }
}

TokenId read_token_id(const GgufFile& file, const std::string& key, size_t tokens) {
  const auto id = file.find_integer(key);
  if (!id) return -1;
  if (*id < 0 || *id >= static_cast<int64_t>(tokens)) {
    file.fail(fmt::format("key '{}' is {}, outside the vocabulary of {} tokens", key, *id, tokens));
  }
  return static_cast<TokenId>(*id);
}

}  // namespace

TokenizerSpec gguf_tokenizer_spec(const GgufFile& file) {
  TokenizerSpec spec;
  spec.pre_tokenizer = read_pre_tokenizer(file);
  spec.whole_words = spec.pre_tokenizer == PreTokenizer::kLlamaBpe;
  spec.tokens = file.texts("tokenizer.ggml.tokens");
  spec.merges = file.texts("tokenizer.ggml.merges");
  const std::vector<int64_t> types = file.integers("tokenizer.ggml.token_type");
  if (types.size() != spec.tokens.size()) {
    file.fail(fmt::format("'tokenizer.ggml.token_type' has {} entries for {} tokens", types.size(),
                          spec.tokens.size()));
  }
  for (size_t id = 0; id < types.size(); ++id) {
    if (types[id] == kControlToken) spec.special_tokens.push_back(static_cast<TokenId>(id));
    if (types[id] == kUserDefinedToken) spec.user_tokens.push_back(static_cast<TokenId>(id));
  }
  spec.bos = read_token_id(file, "tokenizer.ggml.bos_token_id", spec.tokens.size());
  spec.eos = read_token_id(file, "tokenizer.ggml.eos_token_id", spec.tokens.size());
  // Where the key is missing llama.cpp adds BOS for Llama 3's tokenizer alone.
  spec.add_bos = file.find_flag("tokenizer.ggml.add_bos_token")
                     .value_or(spec.pre_tokenizer == PreTokenizer::kLlamaBpe);
  spec.chat_template = file.find_text("tokenizer.chat_template").value_or("");
  return spec;
}

}  // namespace skipbench
