#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace skipbench {

// Text as Python 3 sees it: the published scorers are Python programs, and equal scores need equal
// ideas of lower case, white space and words. All text is UTF-8; a broken byte counts as U+FFFD.

/// str.lower(): full case mapping, with the final sigma. Broken bytes stay.
std::string lower(std::string_view text);

/// The code point at byte `at`, which moves past it.
char32_t next_code_point(std::string_view text, size_t& at);

/// The text's code points, which is what Python indexes.
std::u32string code_points(std::string_view text);

/// One of string.punctuation's 32 characters.
constexpr bool is_ascii_punctuation(char c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
         (c >= '{' && c <= '~');
}

/// str.isspace().
bool is_white_space(char32_t c);

/// What \w of `re` matches: letters, numbers of every kind and the underscore; no combining marks.
bool is_word(char32_t c);

/// What \d of `re` matches: decimal digits of every script.
bool is_digit(char32_t c);

/// re.findall(r"\d+"): the runs of digits.
std::vector<std::string_view> numbers_in(std::string_view text);

/// str.split(): the parts between white space, none of them empty.
std::vector<std::string> split_white_space(std::string_view text);

}  // namespace skipbench
