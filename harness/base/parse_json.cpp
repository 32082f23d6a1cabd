#include "harness/base/parse_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace skipbench {
namespace {

struct Remedy {
  std::string_view sign, advice;
};

// By what the library's message contains; the first that fits counts.
constexpr Remedy kRemedies[] = {
    {"unexpected end of input", "close what is open, with \", ] or }"},
    {"missing closing quote", "end the text with \""},
    {"UTF-8", "save the file as UTF-8"},
    {"control character", "a text holds no line break or tab of its own"},
    {"expected end of input",
     "the value ends before it; of several values each stands on a line of its own, in a .jsonl "
     "file"},
    {"unexpected ']'; expected '['", "leave out the comma before it"},
    {"unexpected '}'; expected '['", "a value is missing before it"},
    {"; expected string literal", "keys stand in double quotes, and after the last entry no comma"},
    {"invalid literal", "texts stand in double quotes; words are true, false and null"},
    {"literal; expected '", "put a comma between two entries"},
    {"unexpected '{'; expected '", "put a comma between two entries"},
    {"unexpected '['; expected '", "put a comma between two entries"},
    {"number overflow", "numbers go up to 1.8e308"},
};

// Where the text in quotes that ends at `last` begins.
size_t begin_of_quoted(std::string_view text, size_t last) {
  for (size_t at = last; at-- > 0;) {
    if (text[at] != '"') continue;
    size_t escapes = at;
    while (escapes > 0 && text[escapes - 1] == '\\') --escapes;
    if ((at - escapes) % 2 == 0) return at;
  }
  return last;
}

// Where the number, word or name that ends at `last` begins.
size_t begin_of_word(std::string_view text, size_t last) {
  constexpr std::string_view kEnds = " \t\r\n[]{},:\"";
  while (last > 0 && kEnds.find(text[last - 1]) == std::string_view::npos) --last;
  return last;
}

// Where the number stands, outside of quotes; 0 where it does not.
size_t find_number(std::string_view text, std::string_view number) {
  bool quoted = false;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '"') quoted = !quoted;
    if (quoted && text[at] == '\\') ++at;  // what is escaped ends no quotes
    if (!quoted && text.substr(at).starts_with(number)) return at;
  }
  return 0;
}

// How many bytes stand before what parsing stopped at.
size_t bytes_before(std::string_view text, const Json::exception& error) {
  const std::string_view message = error.what();
  if (const auto* parsing = dynamic_cast<const Json::parse_error*>(&error)) {
    const size_t last = std::min(parsing->byte > 0 ? parsing->byte - 1 : 0, text.size());
    const auto is_unexpected = [message](const char* what) {
      return message.find(fmt::format("unexpected {} literal", what)) != std::string_view::npos;
    };
    if (is_unexpected("string")) return begin_of_quoted(text, last);
    const bool word = is_unexpected("number") || is_unexpected("true") || is_unexpected("false") ||
                      is_unexpected("null");
    return word ? begin_of_word(text, last) : last;
  }
  // What remains is "number overflow parsing '1e999'".
  const size_t begin = message.find('\''), end = message.rfind('\'');
  if (begin == end) return 0;
  return find_number(text, message.substr(begin + 1, end - begin - 1));
}

std::string with_advice(std::string_view text, const std::string& message) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return "there is nothing in it";
  for (const Remedy& remedy : kRemedies) {
    if (message.find(remedy.sign) != std::string::npos)
      return fmt::format("{}; {}", message, remedy.advice);
  }
  return message;
}

// "; expected string literal" at the end of a message, in the words of the library, not of the text
// that it read; empty without it.
std::string_view expected_behind(std::string_view message) {
  constexpr std::string_view kExpected = "'; expected ";  // after the closing quote
  constexpr std::array<std::string_view, 12> kTokens{"true literal",
                                                     "false literal",
                                                     "null literal",
                                                     "string literal",
                                                     "number literal",
                                                     "'['",
                                                     "'{'",
                                                     "']'",
                                                     "'}'",
                                                     "':'",
                                                     "','",
                                                     "end of input"};
  for (const std::string_view token : kTokens) {
    if (!message.ends_with(token)) continue;
    const std::string_view before = message.substr(0, message.size() - token.size());
    if (before.ends_with(kExpected)) return message.substr(before.size() - kExpected.size() + 1);
  }
  return {};
}

}  // namespace

// "unexpected '}'; expected ']'" of "[json.exception.parse_error.101] parse error at line 1, column
// 8: syntax error while parsing array - unexpected '}'; ..."; the part that was read last, which
// may be a whole prompt, is left out.
std::string json_reason(const Json::exception& error) {
  std::string_view message = error.what();
  const size_t prefix = message.find("] ");
  if (message.starts_with('[') && prefix != std::string_view::npos)
    message.remove_prefix(prefix + 2);
  const size_t dash = message.find(" - ");
  if (message.starts_with("parse error") && dash != std::string_view::npos)
    message.remove_prefix(dash + 3);
  const size_t read = message.find("; last read: ");
  if (read == std::string_view::npos) return std::string(message);
  return std::string(message.substr(0, read)) + std::string(expected_behind(message));
}

JsonFault json_fault(std::string_view text, const Json::exception& error) {
  const std::string_view before = text.substr(0, bytes_before(text, error));
  const auto breaks = static_cast<size_t>(std::count(before.begin(), before.end(), '\n'));
  const size_t line_begin = before.rfind('\n') + 1;  // 0 without a line break
  return {1 + breaks, before.size() - line_begin + 1, with_advice(text, json_reason(error))};
}

InputError not_json(std::string_view text, const Json::exception& error, const std::string& file,
                    size_t first_line) {
  const JsonFault fault = json_fault(text, error);
  return InputError(fmt::format("{}:{}:{}: not JSON: {}", file, first_line + fault.line - 1,
                                fault.column, fault.what));
}

Json parse_json(std::string_view text, const std::string& file, size_t first_line) {
  try {
    return Json::parse(text);
  } catch (const Json::exception& error) {  // a number beyond double is no parse_error
    throw not_json(text, error, file, first_line);
  }
}

}  // namespace skipbench
