#include "harness/text/utf8.h"

#include <cstdint>
#include <cstring>

namespace skipbench {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

/// What a lead byte asks for: how many bytes follow, and the range of the first of them. Ranges
/// narrower than 80..BF shut out over-long forms, surrogates and code points above U+10FFFF.
struct Lead {
  int followers;  // -1: not a lead byte
  uint8_t low, high;
};

Lead lead_of(uint8_t byte) {
  if (byte < 0x80) return {0, 0, 0};
  if (byte < 0xC2) return {-1, 0, 0};
  if (byte < 0xE0) return {1, 0x80, 0xBF};
  if (byte == 0xE0) return {2, 0xA0, 0xBF};
  if (byte == 0xED) return {2, 0x80, 0x9F};
  if (byte < 0xF0) return {2, 0x80, 0xBF};
  if (byte == 0xF0) return {3, 0x90, 0xBF};
  if (byte < 0xF4) return {3, 0x80, 0xBF};
  if (byte == 0xF4) return {3, 0x80, 0x8F};
  return {-1, 0, 0};
}

/// Bytes of plain ASCII at the front, eight at a time.
size_t ascii_prefix(std::string_view bytes) {
  size_t at = 0;
  for (uint64_t word; at + sizeof word <= bytes.size(); at += sizeof word) {
    std::memcpy(&word, bytes.data() + at, sizeof word);
    if ((word & 0x8080808080808080u) != 0) break;
  }
  return at;
}

bool is_python_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 ||
         c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
         c == 0x205F || c == 0x3000;
}

}  // namespace

Utf8Step utf8_step(std::string_view bytes) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(bytes[i]); };
  Lead lead = lead_of(byte(0));
  if (lead.followers < 0) return {1, false};
  const auto length = static_cast<size_t>(lead.followers) + 1;
  for (size_t i = 1; i < length; ++i) {
    if (i == bytes.size() || byte(i) < lead.low || byte(i) > lead.high) return {i, false};
    lead.low = 0x80;
    lead.high = 0xBF;
  }
  return {length, true};
}

bool is_valid_utf8(std::string_view bytes) {
  while (true) {
    bytes.remove_prefix(ascii_prefix(bytes));
    if (bytes.empty()) return true;
    const Utf8Step step = utf8_step(bytes);
    if (!step.valid) return false;
    bytes.remove_prefix(step.length);
  }
}

std::string replace_invalid_utf8(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const Utf8Step step = utf8_step(bytes);
    text += step.valid ? bytes.substr(0, step.length) : kReplacement;
    bytes.remove_prefix(step.length);
  }
  return text;
}

char32_t code_point(std::string_view character) {
  static constexpr uint8_t kLeadBits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
  char32_t value = static_cast<uint8_t>(character[0]) & kLeadBits[character.size()];
  for (char byte : character.substr(1)) value = value << 6 | (static_cast<uint8_t>(byte) & 0x3F);
  return value;
}

void append_utf8(std::string& text, char32_t c) {
  const auto follower = [&](int shift) { text += static_cast<char>(0x80 | ((c >> shift) & 0x3F)); };
  if (c < 0x80) {
    text += static_cast<char>(c);
  } else if (c < 0x800) {
    text += static_cast<char>(0xC0 | (c >> 6));
    follower(0);
  } else if (c < 0x10000) {
    text += static_cast<char>(0xE0 | (c >> 12));
    follower(6), follower(0);
  } else {
    text += static_cast<char>(0xF0 | (c >> 18));
    follower(12), follower(6), follower(0);
  }
}

std::string_view strip(std::string_view text) {
  size_t begin = 0, end = 0;  // of what stands between the outer white space
  bool seen = false;
  for (size_t at = 0; at < text.size();) {
    const Utf8Step step = utf8_step(text.substr(at));
    if (!step.valid || !is_python_space(code_point(text.substr(at, step.length)))) {
      if (!seen) begin = at;
      seen = true;
      end = at + step.length;
    }
    at += step.length;
  }
  return text.substr(begin, end - begin);
}

}  // namespace skipbench
