#include "harness/text/tokenizer_json.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/text/normalise.h"
#include "harness/text/tokenizer_rules.h"

namespace skipbench {
namespace {

constexpr int64_t kMostTokens = int64_t{1} << 22;

void place_token(const JsonFields& file, TokenizerSpec& spec, const std::string& text, int64_t id) {
  if (id < 0 || id >= kMostTokens) {
    file.fail(fmt::format("token '{}' has id {}, expected 0 to {}", text, id, kMostTokens - 1));
  }
  if (static_cast<size_t>(id) >= spec.tokens.size()) spec.tokens.resize(id + 1);
  spec.tokens[id] = text;
}

void read_vocabulary(const JsonFields& model, TokenizerSpec& spec) {
  const Json* vocabulary = model.find("vocab");
  if (vocabulary == nullptr || !vocabulary->is_object()) {
    model.fail("expected an object 'vocab' of tokens and ids");
  }
  for (const auto& [text, id] : vocabulary->items()) {
    if (!id.is_number_integer())
      model.fail(fmt::format("the id of token '{}' is not a number", text));
    place_token(model, spec, text, id.get<int64_t>());
  }
}

/// "left right", or ["left", "right"] as newer files have it.
std::string merge_text(const JsonFields& model, const Json& merge) {
  if (merge.is_string()) return merge.get<std::string>();
  const bool pair =
      merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string();
  if (!pair) model.fail("a merge is neither \"left right\" nor [\"left\", \"right\"]");
  return fmt::format("{} {}", merge[0].get_ref<const std::string&>(),
                     merge[1].get_ref<const std::string&>());
}

void refuse_model_variants(const JsonFields& model) {
  const std::string type = model.find_text("type").value_or("BPE");
  if (type != "BPE") model.fail(fmt::format("its type is '{}', expected 'BPE'", type));
  if (model.find_number("dropout").value_or(0) != 0) model.fail("dropout is not supported");
  for (const char* affix : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    if (model.find_text(affix).value_or("").empty()) continue;
    model.fail(fmt::format("'{}' is not supported", affix));
  }
}

TokenId id_of(const TokenizerSpec& spec, const std::string& text) {
  const auto found = std::find(spec.tokens.begin(), spec.tokens.end(), text);
  return found == spec.tokens.end() ? -1 : static_cast<TokenId>(found - spec.tokens.begin());
}

void read_model(const JsonFields& model, TokenizerSpec& spec) {
  refuse_model_variants(model);
  read_vocabulary(model, spec);
  const Json* merges = model.find("merges");
  if (merges == nullptr || !merges->is_array()) model.fail("expected a list 'merges'");
  spec.merges.reserve(merges->size());
  for (const Json& merge : *merges) spec.merges.push_back(merge_text(model, merge));
  spec.whole_words = model.find_flag("ignore_merges").value_or(false);
  spec.fuse_unknown = model.find_flag("fuse_unk").value_or(false);
  const std::string unknown = model.find_text("unk_token").value_or("");
  if (!unknown.empty()) spec.unknown = id_of(spec, unknown);
}

void read_added_token(const JsonFields& token, TokenizerSpec& spec) {
  const std::string text = token.text("content");
  for (const char* flag : {"single_word", "lstrip", "rstrip"}) {
    if (!token.find_flag(flag).value_or(false)) continue;
    token.fail(fmt::format("token '{}' with '{}' is not supported", text, flag));
  }
  if (text.empty()) return;
  const int64_t id = token.integer("id");
  place_token(token, spec, text, id);
  const bool special = token.find_flag("special").value_or(false);
  (special ? spec.special_tokens : spec.user_tokens).push_back(static_cast<TokenId>(id));
  if (token.find_flag("normalized").value_or(!special)) {
    spec.matched_late.push_back(static_cast<TokenId>(id));
  }
}

void read_added_tokens(const JsonFields& file, TokenizerSpec& spec) {
  const Json* tokens = file.find("added_tokens");
  if (tokens == nullptr) return;
  if (!tokens->is_array()) file.fail("'added_tokens' is not a list");
  for (const Json& token : *tokens) {
    read_added_token(JsonFields(token, fmt::format("{}: added_tokens", file.where())), spec);
  }
}

/// The byte fallback is a flag of the model; its tokens must be there.
void check_byte_fallback(const JsonFields& model, const TokenizerSpec& spec) {
  const bool wanted = model.find_flag("byte_fallback").value_or(false);
  const bool there = id_of(spec, "<0x00>") >= 0;
  if (wanted && spec.sentence_piece && !there) model.fail("byte_fallback without byte tokens");
  if (wanted && !spec.sentence_piece) {
    model.fail("byte_fallback is supported with a SentencePiece-style tokenizer alone");
  }
  if (!wanted && spec.sentence_piece && there) {
    model.fail("byte tokens such as <0x00> without byte_fallback are not supported");
  }
}

}  // namespace

TokenizerSpec read_tokenizer_json(const JsonFields& file) {
  TokenizerSpec spec;
  const auto model = file.find_object("model");
  if (!model) file.fail("key 'model' is missing");
  read_model(*model, spec);
  read_added_tokens(file, spec);
  read_tokenizer_rules(file, spec);
  check_byte_fallback(*model, spec);
  return spec;
}

}  // namespace skipbench
