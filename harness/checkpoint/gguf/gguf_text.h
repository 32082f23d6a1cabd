#pragma once

#include "harness/checkpoint/gguf/gguf_file.h"
#include "harness/text/tokenizer.h"

namespace skipbench {

/// The tokenizer that the file's metadata describes. Throws InputError when a key is missing, or
/// when it is no byte-level BPE with a known pre-tokenizer.
TokenizerSpec gguf_tokenizer_spec(const GgufFile& file);

}  // namespace skipbench
