#include "harness/tasks/metrics/unicode.h"

#include <unicode/ucasemap.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <memory>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}

std::string lower_unicode(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  static const UCaseMap* const root_locale = ucasemap_open("", 0, &status);
  const auto length = static_cast<int32_t>(text.size());
  // No character grows beyond three times its length (U+0130 grows from two bytes to three).
  std::string lowered(text.size() * 3, '\0');
  const int32_t written =
      ucasemap_utf8ToLower(root_locale, lowered.data(), static_cast<int32_t>(lowered.size()),
                           text.data(), length, &status);
  if (U_FAILURE(status)) throw ContractError(std::string("lower case: ") + u_errorName(status));
  lowered.resize(static_cast<size_t>(written));
  return lowered;
}

}  // namespace

std::string lower(std::string_view text) {
  if (!is_ascii(text)) return lower_unicode(text);
  std::string lowered(text);
  for (char& c : lowered) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return lowered;
}

char32_t next_code_point(std::string_view text, size_t& at) {
  UChar32 code_point = 0;
  U8_NEXT_OR_FFFD(text.data(), at, text.size(), code_point);
  return static_cast<char32_t>(code_point);
}

std::u32string code_points(std::string_view text) {
  std::u32string points;
  points.reserve(text.size());
  for (size_t at = 0; at < text.size();) points.push_back(next_code_point(text, at));
  return points;
}

bool is_white_space(char32_t c) {
  if (c < 0x80) return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20);
  return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
         c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

bool is_word(char32_t c) {
  if (c < 0x80) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  }
  const auto code_point = static_cast<UChar32>(c);
  constexpr uint32_t kLettersAndNumbers = U_GC_L_MASK | U_GC_N_MASK;
  return (U_GET_GC_MASK(code_point) & kLettersAndNumbers) != 0;
}

bool is_digit(char32_t c) {
  if (c < 0x80) return c >= '0' && c <= '9';
  return u_charType(static_cast<UChar32>(c)) == U_DECIMAL_DIGIT_NUMBER;
}

std::vector<std::string_view> numbers_in(std::string_view text) {
  std::vector<std::string_view> numbers;
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    size_t end = at;
    while (at < text.size() && is_digit(next_code_point(text, at))) end = at;
    if (end > begin) numbers.push_back(text.substr(begin, end - begin));
  }
  return numbers;
}

std::vector<std::string> split_white_space(std::string_view text) {
  std::vector<std::string> parts;
  size_t begin = 0, at = 0;
  while (at < text.size()) {
    const size_t before = at;
    if (!is_white_space(next_code_point(text, at))) continue;
    if (before > begin) parts.emplace_back(text.substr(begin, before - begin));
    begin = at;
  }
  if (begin < text.size()) parts.emplace_back(text.substr(begin));
  return parts;
}

}  // namespace skipbench
