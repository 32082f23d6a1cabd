#include "harness/base/filled_lines.h"

#include <algorithm>

namespace skipbench {

std::vector<FileLine> filled_lines(std::string_view text) {
  std::vector<FileLine> lines;
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.find_first_not_of(" \t\r") != std::string_view::npos) lines.push_back({line, number});
  }
  return lines;
}

}  // namespace skipbench
