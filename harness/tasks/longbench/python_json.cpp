#include "harness/tasks/longbench/python_json.h"

#include <charconv>

#include "harness/base/parse_json.h"

namespace skipbench {
namespace {

// The code unit of an escape like \ud83d at `at`; 0 where none stands.
uint32_t escaped_unit(std::string_view text, size_t at) {
  if (text.size() < at + 6 || text[at] != '\\' || text[at + 1] != 'u') return 0;
  uint32_t unit = 0;
  const char* const end = text.data() + at + 6;
  return std::from_chars(text.data() + at + 2, end, unit, 16).ptr == end ? unit : 0;
}

bool is_high(uint32_t unit) {
  return unit >= 0xD800 && unit < 0xDC00;
}

bool is_low(uint32_t unit) {
  return unit >= 0xDC00 && unit < 0xE000;
}

std::string without_half_pairs(std::string_view text) {
  std::string mended(text);
  for (size_t at = 0; at < mended.size();) {
    const uint32_t unit = escaped_unit(mended, at);
    if (is_high(unit) && is_low(escaped_unit(mended, at + 6))) {
      at += 12;
      continue;
    }
    if (is_high(unit) || is_low(unit)) mended.replace(at, 6, "\\ufffd");
    at += mended[at] == '\\' ? 2 : 1;
  }
  return mended;
}

}  // namespace

Json parse_python_json(std::string_view text, const std::string& file, size_t first_line) {
  const bool surrogates =
      text.find("\\ud") != std::string_view::npos || text.find("\\uD") != std::string_view::npos;
  return surrogates ? parse_json(without_half_pairs(text), file, first_line)
                    : parse_json(text, file, first_line);
}

}  // namespace skipbench
