#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/text/tokenizer.h"

namespace skipbench {

/// The PCRE2 pattern (UTF, UCP) whose matches are the words of a pre-tokenizer.
std::string word_pattern(PreTokenizer kind);

/// The kind whose published tokenizer.json splits by this expression, if it is a known one.
std::optional<PreTokenizer> pre_tokenizer_of_expression(std::string_view expression);

}  // namespace skipbench
