#include "harness/report/judge/code_parts.h"

namespace skipbench {
namespace {

std::string_view take_part(std::string_view& rest) {
  const size_t dash = rest.find('-');
  const std::string_view part = rest.substr(0, dash);
  rest.remove_prefix(dash == std::string_view::npos ? rest.size() : dash + 1);
  return part;
}

bool differ(std::string_view a, std::string_view b) {
  return !a.empty() && !b.empty() && a != b;
}

}  // namespace

CodeParts code_parts(std::string_view code_version) {
  if (code_version.find('-') == std::string_view::npos) return {};
  CodeParts parts;
  for (std::string_view* part : {&parts.core, &parts.method, &parts.task, &parts.reader}) {
    *part = take_part(code_version);
  }
  return parts;
}

SourceDifference difference_of_sources(std::string_view first, std::string_view second,
                                       SharedSources shared) {
  const CodeParts a = code_parts(first), b = code_parts(second);
  if (a.core != b.core) return {"core", a.core, b.core};
  if (differ(a.reader, b.reader)) return {"reader", a.reader, b.reader};
  if (shared.task && differ(a.task, b.task)) return {"task", a.task, b.task};
  if (shared.method && differ(a.method, b.method)) return {"method", a.method, b.method};
  return {};
}

}  // namespace skipbench
