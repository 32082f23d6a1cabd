#include "harness/text/word_patterns.h"

#include <fmt/format.h>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

// Contents of character classes. Hugging Face tokenizers 0.23 knows Unicode 16, the PCRE2 of
// Debian 12 Unicode 14; the ranges of \p{..} are what the versions between them added, so that
// the same text is cut at the same places whatever the library's age.
constexpr std::string_view kLetters =
    R"(\p{L}\x{1C89}\x{1C8A}\x{A7CB}-\x{A7CD}\x{A7DA}-\x{A7DC}\x{105C0}-\x{105F3})"
    R"(\x{10D4A}-\x{10D65}\x{10D6F}-\x{10D85}\x{10EC2}-\x{10EC4}\x{1123F}\x{11240})"
    R"(\x{11380}-\x{11389}\x{1138B}\x{1138E}\x{11390}-\x{113B5}\x{113B7}\x{113D1}\x{113D3})"
    R"(\x{11BC0}-\x{11BE0}\x{11F02}\x{11F04}-\x{11F10}\x{11F12}-\x{11F33}\x{1342F})"
    R"(\x{13441}-\x{13446}\x{13460}-\x{143FA}\x{16100}-\x{1611D}\x{16D40}-\x{16D6C}\x{18CFF})"
    R"(\x{1B132}\x{1B155}\x{1DF25}-\x{1DF2A}\x{1E030}-\x{1E06D}\x{1E4D0}-\x{1E4EB})"
    R"(\x{1E5D0}-\x{1E5ED}\x{1E5F0}\x{2B739}\x{2EBF0}-\x{2EE5D}\x{31350}-\x{323AF})";
constexpr std::string_view kNumbers =
    R"(\p{N}\x{10D40}-\x{10D49}\x{116D0}-\x{116E3}\x{11BF0}-\x{11BF9}\x{11F50}-\x{11F59})"
    R"(\x{16130}-\x{16139}\x{16D70}-\x{16D79}\x{1CCF0}-\x{1CCF9}\x{1D2C0}-\x{1D2D3})"
    R"(\x{1E4F0}-\x{1E4F9}\x{1E5F1}-\x{1E5FA})";
// The stage that isolates digits uses Rust's char::is_numeric, which is one Unicode version ahead.
constexpr std::string_view kUnicode17Numbers = R"(\x{11DE0}-\x{11DE9}\x{16FF4}-\x{16FF6})";
// Unicode's White_Space. PCRE2's own \s also takes U+180E, which left that class in Unicode 6.3.
constexpr std::string_view kSpaces =
    R"(\x{09}-\x{0D}\x{20}\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F})"
    R"(\x{3000})";

// openai/gpt-2, encoder.py.
std::string gpt2() {
  return fmt::format(
      "'s|'t|'re|'ve|'m|'ll|'d| ?[{L}]+| ?[{N}]+| ?[^{S}{L}{N}]+|[{S}]+(?![^{S}])|[{S}]+",
      fmt::arg("L", kLetters), fmt::arg("N", kNumbers), fmt::arg("S", kSpaces));
}

// Hugging Face's Digits(individual_digits) followed by GPT-2's expression on each piece between
// digits, in one expression: a digit is a word of its own, and where GPT-2 looks ahead, a digit
// ends the text.
std::string smollm() {
  const std::string numbers = fmt::format("{}{}", kNumbers, kUnicode17Numbers);
  return fmt::format(
      "[{N}]|'s|'t|'re|'ve|'m|'ll|'d| ?[{L}]+| ?[^{S}{L}{N}]+|[{S}]+(?![^{S}{N}])|[{S}]+",
      fmt::arg("L", kLetters), fmt::arg("N", numbers), fmt::arg("S", kSpaces));
}

// tokenizer.json of Llama 3 (up to three digits together) and of Qwen2 (one by one).
std::string llama3_like(std::string_view digits_together) {
  return fmt::format(
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n{L}{N}]?[{L}]+|[{N}]{digits}| ?[^{S}{L}{N}]+[\\r\\n]*"
      "|[{S}]*[\\r\\n]+|[{S}]+(?![^{S}])|[{S}]+",
      fmt::arg("L", kLetters), fmt::arg("N", kNumbers), fmt::arg("S", kSpaces),
      fmt::arg("digits", digits_together));
}

}  // namespace

std::string word_pattern(PreTokenizer kind) {
  switch (kind) {
    case PreTokenizer::kGpt2:
      return gpt2();
    case PreTokenizer::kSmolLm:
      return smollm();
    case PreTokenizer::kLlamaBpe:
      return llama3_like("{1,3}");
    case PreTokenizer::kQwen2:
      return llama3_like("");
    case PreTokenizer::kWhole:
    case PreTokenizer::kAtSpaces:
      break;
  }
  throw ContractError("this pre-tokenizer has no expression");
}

std::optional<PreTokenizer> pre_tokenizer_of_expression(std::string_view expression) {
  const auto published = [](std::string_view digits_together) {
    return fmt::format(R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}{}|)"
                       R"( ?[^\s\p{{L}}\p{{N}}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
                       digits_together);
  };
  if (expression == published("{1,3}")) return PreTokenizer::kLlamaBpe;
  if (expression == published("")) return PreTokenizer::kQwen2;
  return std::nullopt;
}

}  // namespace skipbench
