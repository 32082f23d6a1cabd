#pragma once

#include "harness/base/json_fields.h"
#include "harness/text/tokenizer.h"

namespace skipbench {

/// The tokenizer that a tokenizer.json of Hugging Face tokenizers describes: BPE with one of the
/// published pre-tokenizers (GPT-2, SmolLM, Llama 3, Qwen2), or as SentencePiece does it (Llama 2,
/// Mistral). BOS is known where the post-processor puts it in front; EOS and the chat template
/// stand in other files. Throws InputError naming the part that is of another kind, with those
/// supported.
TokenizerSpec read_tokenizer_json(const JsonFields& file);

}  // namespace skipbench
