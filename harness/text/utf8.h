#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace skipbench {

/// What stands at the front of a byte string: one encoded character, or a broken part of one.
struct Utf8Step {
  size_t length;  // bytes, at least 1
  bool valid;
};

/// The first character of `bytes`, which must not be empty. A broken sequence is as long as its
/// longest beginning that some valid character shares (Unicode 16, section 3.9, "maximal subpart"),
/// which is what Python and Rust replace by one U+FFFD.
Utf8Step utf8_step(std::string_view bytes);

bool is_valid_utf8(std::string_view bytes);

/// The text with each broken part replaced by U+FFFD, as Python's bytes.decode(errors="replace").
std::string replace_invalid_utf8(std::string_view bytes);

/// The code point of one valid encoded character.
char32_t code_point(std::string_view character);

/// Appends the character's UTF-8.
void append_utf8(std::string& text, char32_t character);

/// The text without white space at both ends: the characters of Python's str.strip().
std::string_view strip(std::string_view text);

}  // namespace skipbench
