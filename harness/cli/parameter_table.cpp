#include "harness/cli/parameter_table.h"

#include <fmt/format.h>

#include <algorithm>

namespace skipbench {

std::string parameter_table(const std::vector<FieldDescription>& fields) {
  if (fields.empty()) return "  (none)\n";
  size_t width = 0;
  for (const FieldDescription& field : fields) width = std::max(width, field.name.size());
  std::string text;
  for (const FieldDescription& field : fields) {
    text += fmt::format("  {:<{}}  {}, default {}", field.name, width, field.type,
                        field.default_text.empty() ? "none" : field.default_text);
    if (!field.range.empty()) text += fmt::format(", {}", field.range);
    if (!field.source.empty()) text += fmt::format("  [{}]", field.source);
    text += fmt::format("\n  {:<{}}  {}\n", "", width, field.help);
  }
  return text;
}

std::string listing_line(std::string_view name, std::string_view summary, size_t width) {
  return fmt::format("{:<{}}  {}\n", name, width, summary);
}

}  // namespace skipbench
