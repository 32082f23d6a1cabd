#include "harness/sources/source_text.h"

#include <algorithm>

namespace skipbench {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Whether white space between them makes a difference: "int x", "a + +b", L "x".
bool would_join(char left, char right) {
  static constexpr std::string_view kOperators = "+-*/%&|^<>=!:.~?#";
  const auto wordlike = [](char c) { return is_word(c) || c == '"' || c == '\''; };
  const auto is_operator = [](char c) { return kOperators.find(c) != std::string_view::npos; };
  return (wordlike(left) && wordlike(right)) || (is_operator(left) && is_operator(right));
}

class Scanner {
 public:
  explicit Scanner(std::string_view source) : rest_(source) {}

  std::string scan() {
    while (!rest_.empty()) take_next();
    return std::move(out_);
  }

 private:
  void take_next() {
    const char c = rest_[0];
    if (is_space(c)) return take_space(c);
    if (rest_.starts_with("\\\n")) return skip(2);
    if (rest_.starts_with("//")) return skip(rest_.find('\n'));
    if (rest_.starts_with("/*")) return skip(after(rest_.find("*/", 2), 2));
    if (c == '"') return ends_in_raw_prefix() ? take(raw_length()) : take(quoted_length());
    if (c == '\'' && !in_number()) return take(quoted_length());
    if (c == '#' && begins_line_) {
      if (!out_.empty() && out_.back() != '\n') out_ += '\n';
      in_directive_ = true;
    }
    take(1);
  }

  void take_space(char c) {
    rest_.remove_prefix(1);
    space_ = true;
    if (c != '\n') return;
    if (in_directive_) out_ += '\n';
    in_directive_ = false;
    begins_line_ = true;
  }

  // What separates like a space and is left out.
  void skip(size_t length) {
    rest_.remove_prefix(std::min(length, rest_.size()));
    space_ = true;
  }

  void take(size_t length) {
    const std::string_view taken = rest_.substr(0, length);
    const bool apart = space_ && !out_.empty() && out_.back() != '\n';
    if (apart && (in_directive_ || would_join(out_.back(), taken[0]))) out_ += ' ';
    out_ += taken;
    rest_.remove_prefix(taken.size());
    space_ = false;
    begins_line_ = false;
  }

  static size_t after(size_t found, size_t length) {
    return found == std::string_view::npos ? found : found + length;
  }

  // Of the literal that begins here, both quotation marks counted.
  size_t quoted_length() const {
    size_t end = 1;
    while (end < rest_.size() && rest_[end] != rest_[0]) end += rest_[end] == '\\' ? 2 : 1;
    return end + 1;
  }

  size_t raw_length() const {
    const std::string_view name = rest_.substr(1, rest_.find('(') - 1);
    const std::string end = ")" + std::string(name) + "\"";
    return after(rest_.find(end), end.size());
  }

  // The word that was taken last and is not over yet.
  std::string_view word() const {
    if (space_) return {};
    const auto begin = std::find_if_not(out_.rbegin(), out_.rend(),
                                        [](char c) { return is_word(c) || c == '\''; });
    return std::string_view(out_).substr(out_.rend() - begin);
  }
  bool ends_in_raw_prefix() const {
    const std::string_view prefix = word();
    return prefix == "R" || prefix == "u8R" || prefix == "uR" || prefix == "UR" || prefix == "LR";
  }
  bool in_number() const { return !word().empty() && is_digit(word()[0]); }

  std::string_view rest_;
  std::string out_;
  bool space_ = false;  // since what was taken last
  bool begins_line_ = true;
  bool in_directive_ = false;
};

}  // namespace

std::string counted_text(std::string_view source) {
  return Scanner(source).scan();
}

std::vector<std::string> included_headers(std::string_view counted) {
  constexpr std::string_view kInclude = "#include \"";
  std::vector<std::string> headers;
  for (size_t at = counted.find(kInclude); at != std::string_view::npos;
       at = counted.find(kInclude, at + 1)) {
    const size_t begin = at + kInclude.size();
    headers.emplace_back(counted.substr(begin, counted.find('"', begin) - begin));
  }
  return headers;
}

}  // namespace skipbench
