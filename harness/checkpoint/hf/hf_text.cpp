#include "harness/checkpoint/hf/hf_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/base/json_fields.h"
#include "harness/base/json_file.h"
#include "harness/base/mapped_file.h"
#include "harness/checkpoint/hf/hf_config.h"
#include "harness/text/tokenizer_json.h"
#include "harness/text/utf8.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

namespace fs = std::filesystem;

constexpr size_t kLongestTokenizer = size_t{128} << 20;

std::optional<JsonFields> find_file(const fs::path& file) {
  if (!fs::exists(file)) return std::nullopt;
  return JsonFields(read_json_file(file, kLongestConfig), file.string());
}

/// A token's name: a string, or an object with its "content".
std::string token_name(const JsonFields& config, const char* key) {
  const Json* value = config.find(key);
  if (value == nullptr) return "";
  return value->is_object() ? config.find_object(key)->text("content") : *config.find_text(key);
}

TokenId token_id(const JsonFields& config, const char* key, const TokenizerSpec& spec) {
  const std::string name = token_name(config, key);
  if (name.empty()) return -1;
  const auto found = std::find(spec.tokens.begin(), spec.tokens.end(), name);
  if (found == spec.tokens.end()) {
    config.fail(fmt::format("'{}' is '{}', which is not a token of tokenizer.json", key, name));
  }
  return static_cast<TokenId>(found - spec.tokens.begin());
}

/// The template itself, or of several the one named "default".
std::string chat_template(const JsonFields& config) {
  const Json* value = config.find("chat_template");
  if (value == nullptr || !value->is_array()) return config.find_text("chat_template").value_or("");
  for (const Json& entry : *value) {
    const JsonFields fields(entry, fmt::format("{}: chat_template", config.where()));
    if (fields.text("name") == "default") return fields.text("template");
  }
  return "";
}

void add_tokenizer_config(const fs::path& folder, TokenizerSpec& spec) {
  const auto config = find_file(folder / "tokenizer_config.json");
  if (config) {
    const TokenId bos = token_id(*config, "bos_token", spec);
    if (bos >= 0) spec.bos = bos;
    spec.eos = token_id(*config, "eos_token", spec);
    spec.chat_template = chat_template(*config);
    // These classes make their post-processor anew from the flag.
    const std::string kind = config->find_text("tokenizer_class").value_or("");
    const auto adds = config->find_flag("add_bos_token");
    if (kind.starts_with("LlamaTokenizer") && adds && spec.bos >= 0) spec.add_bos = *adds;
  }
  const fs::path jinja = folder / "chat_template.jinja";
  if (!fs::exists(jinja)) return;
  const MappedFile file(jinja);
  if (file.bytes().size() > kLongestConfig || !is_valid_utf8(file.bytes())) {
    throw InputError(fmt::format("{}: it is not text, or too long for a template", jinja.string()));
  }
  spec.chat_template = file.bytes();
}

/// generation_config.json says it last; config.json where that is absent.
void add_end_tokens(const fs::path& folder, TokenizerSpec& spec) {
  for (const char* name : {"generation_config.json", "config.json"}) {
    const auto config = find_file(folder / name);
    if (!config) continue;
    for (const int64_t id : config->integers("eos_token_id")) {
      if (id < 0 || id >= static_cast<int64_t>(spec.tokens.size())) {
        config->fail(fmt::format("'eos_token_id' is {}, outside the vocabulary of {} tokens", id,
                                 spec.tokens.size()));
      }
      spec.end_tokens.push_back(static_cast<TokenId>(id));
    }
    if (!spec.end_tokens.empty()) return;
  }
}

}  // namespace

std::optional<TokenizerSpec> hf_tokenizer_spec(const fs::path& folder) {
  const fs::path file = folder / "tokenizer.json";
  if (!fs::exists(file)) {
    for (const char* other : {"tokenizer.model", "vocab.json", "tokenizer_config.json"}) {
      if (!fs::exists(folder / other)) continue;
      throw InputError(
          fmt::format("{}: it has {} but no tokenizer.json; transformers writes one with "
                      "AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER), or "
                      "LlamaTokenizerFast for a SentencePiece model with code of its own",
                      folder.string(), other));
    }
    return std::nullopt;
  }
  TokenizerSpec spec =
      read_tokenizer_json(JsonFields(read_json_file(file, kLongestTokenizer), file.string()));
  add_tokenizer_config(folder, spec);
  add_end_tokens(folder, spec);
  return spec;
}

}  // namespace skipbench
