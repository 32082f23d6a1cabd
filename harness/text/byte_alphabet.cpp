#include "harness/text/byte_alphabet.h"

#include <array>
#include <cstdint>

#include "harness/text/utf8.h"

namespace skipbench {
namespace {

constexpr bool stands_for_itself(int byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

struct Alphabet {
  std::array<std::string, 256> symbols;  // byte -> UTF-8
  std::array<int16_t, 256 + 68> bytes;   // code point -> byte, or -1
  Alphabet() {
    bytes.fill(-1);
    char32_t next = 256;
    for (int byte = 0; byte < 256; ++byte) {
      const char32_t symbol = stands_for_itself(byte) ? static_cast<char32_t>(byte) : next++;
      append_utf8(symbols[byte], symbol);
      bytes[symbol] = static_cast<int16_t>(byte);
    }
  }
};

const Alphabet& alphabet() {
  static const Alphabet table;
  return table;
}

}  // namespace

const std::string& byte_symbol(unsigned char byte) {
  return alphabet().symbols[byte];
}

std::optional<std::string> bytes_of_symbols(std::string_view symbols) {
  const auto& table = alphabet().bytes;
  std::string bytes;
  while (!symbols.empty()) {
    const Utf8Step step = utf8_step(symbols);
    if (!step.valid) return std::nullopt;
    const char32_t symbol = code_point(symbols.substr(0, step.length));
    if (symbol >= table.size() || table[symbol] < 0) return std::nullopt;
    bytes += static_cast<char>(table[symbol]);
    symbols.remove_prefix(step.length);
  }
  return bytes;
}

}  // namespace skipbench
