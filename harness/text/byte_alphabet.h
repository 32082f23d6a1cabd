#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace skipbench {

/// GPT-2's printable alphabet for bytes, in which byte-level vocabularies are written: printable
/// Latin-1 stands for itself, the 68 other bytes for U+0100 and following (openai/gpt-2,
/// encoder.py, bytes_to_unicode).
const std::string& byte_symbol(unsigned char byte);

/// The bytes that a token's text stands for; nothing when a character is outside the alphabet.
std::optional<std::string> bytes_of_symbols(std::string_view symbols);

}  // namespace skipbench
