#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "harness/report/tables/document.h"

namespace skipbench {
namespace {

struct Range {
  uint32_t first, last;
};

/// The main blocks of Unicode's East Asian Width W and F (UAX #11), and emoji.
constexpr std::array<Range, 9> kWide{{{0x1100, 0x115f},
                                      {0x2e80, 0x303e},
                                      {0x3041, 0xa4cf},
                                      {0xac00, 0xd7a3},
                                      {0xf900, 0xfaff},
                                      {0xfe30, 0xfe6f},
                                      {0xff00, 0xff60},
                                      {0x1f300, 0x1faff},
                                      {0x20000, 0x3fffd}}};
constexpr std::array<Range, 3> kCombining{{{0x0300, 0x036f}, {0x200b, 0x200f}, {0xfe00, 0xfe0f}}};

bool contains(std::span<const Range> ranges, uint32_t code_point) {
  return std::any_of(ranges.begin(), ranges.end(), [code_point](const Range& range) {
    return range.first <= code_point && code_point <= range.last;
  });
}

size_t width_of(uint32_t code_point) {
  if (contains(kCombining, code_point)) return 0;
  return contains(kWide, code_point) ? 2 : 1;
}

}  // namespace

size_t display_width(std::string_view text) {
  size_t width = 0;
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    uint32_t code_point = length == 1 ? lead : lead & (0xffu >> (length + 1));
    for (size_t k = 1; k < length && i + k < text.size(); ++k) {
      code_point = code_point << 6 | (static_cast<unsigned char>(text[i + k]) & 0x3f);
    }
    width += width_of(code_point);
    i += length;
  }
  return width;
}

}  // namespace skipbench
