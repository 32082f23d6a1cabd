#include "harness/tasks/longbench/prompt_template.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

bool is_name(std::string_view text) {
  const auto part_of_name = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) == 0 &&
         std::all_of(text.begin(), text.end(), part_of_name);
}

}  // namespace

std::string format_prompt(std::string_view text,
                          const std::function<std::string(const std::string& name)>& value) {
  std::string formatted;
  for (size_t at = 0; at < text.size();) {
    const size_t brace = std::min(text.find_first_of("{}", at), text.size());
    formatted += text.substr(at, brace - at);
    if (brace == text.size()) break;
    if (text.substr(brace, 2) == "{{" || text.substr(brace, 2) == "}}") {
      formatted += text[brace];
      at = brace + 2;
      continue;
    }
    const size_t end = text.find('}', brace);
    if (text[brace] == '}' || end == std::string_view::npos) {
      throw InputError(fmt::format("'{}' at byte {} of the prompt's template has no partner",
                                   text[brace], brace));
    }
    const std::string_view name = text.substr(brace + 1, end - brace - 1);
    if (!is_name(name)) {
      throw InputError(
          fmt::format("'{{{}}}' in the prompt's template: expected a name like {{context}}", name));
    }
    formatted += value(std::string(name));
    at = end + 1;
  }
  return formatted;
}

}  // namespace skipbench
