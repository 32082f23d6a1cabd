#pragma once

#include "harness/base/json_fields.h"
#include "harness/text/tokenizer.h"

namespace skipbench {

/// Reads what tokenizer.json says about normalisation, cutting into words, BOS and decoding into a
/// spec whose tokens are known. Throws InputError naming the rule that is not supported.
void read_tokenizer_rules(const JsonFields& file, TokenizerSpec& spec);

}  // namespace skipbench
