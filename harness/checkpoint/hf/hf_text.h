#pragma once

#include <filesystem>
#include <optional>

#include "harness/text/tokenizer.h"

namespace skipbench {

/// The tokenizer of a Hugging Face folder: tokenizer.json, the names of BOS and EOS and the chat
/// template from tokenizer_config.json (or chat_template.jinja), and the tokens that end a reply
/// from generation_config.json and config.json. Nothing when the folder has no tokenizer at all.
/// Throws InputError naming the file and what in it is not supported; a SentencePiece model without
/// tokenizer.json is one of those.
std::optional<TokenizerSpec> hf_tokenizer_spec(const std::filesystem::path& folder);

}  // namespace skipbench
