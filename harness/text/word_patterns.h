#pragma once

#include <string>

#include "harness/text/tokenizer.h"

namespace skipbench {

/// The PCRE2 pattern (UTF, UCP) whose matches are the words of a pre-tokenizer.
std::string word_pattern(PreTokenizer kind);

}  // namespace skipbench
