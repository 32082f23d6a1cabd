#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/text/tokenizer.h"

namespace skipbench {

/// What each token adds to the text of all, byte by byte: a character may be split over several.
/// Without a tokenizer "[id]".
std::vector<std::string> token_pieces(std::span<const int32_t> tokens, const Tokenizer* tokenizer);

/// Tokens [begin, end).
struct TokenRange {
  int64_t begin, end;
};

/// The tokens that share a byte with the needle, wherever it stands in the pieces joined together.
/// Throws InputError when it is empty or stands nowhere.
std::vector<TokenRange> highlight_ranges(const std::vector<std::string>& pieces,
                                         const std::string& needle);

}  // namespace skipbench
