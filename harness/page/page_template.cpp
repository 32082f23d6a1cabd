#include "harness/page/page_template.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "kernels/base/error.h"

namespace skipbench {

/// base.css and dom.js (harness/base/embed_texts.cmake).
std::span<const EmbeddedText> embedded_page_base();

namespace {

std::string_view part(std::span<const EmbeddedText> folder, std::string_view name) {
  const auto found = std::find_if(folder.begin(), folder.end(),
                                  [name](const EmbeddedText& text) { return text.name == name; });
  if (found == folder.end()) throw ContractError(fmt::format("no part '{}' of a page", name));
  return found->text;
}

std::string joined(std::string_view first, const PageParts& parts,
                   const std::vector<std::string_view>& names) {
  std::string text(part(embedded_page_base(), first));
  for (const std::string_view name : names) text += part(parts.folder, name);
  return text;
}

// As the content of a script element, which ends at the first "</script", whatever it holds. In
// JSON a "<" stands in strings alone.
std::string without_tags(std::string_view json) {
  std::string safe;
  safe.reserve(json.size());
  for (const char c : json) {
    if (c == '<') {
      safe += "\\u003c";
    } else {
      safe += c;
    }
  }
  return safe;
}

std::string escaped(std::string_view text) {
  std::string html;
  for (const char c : text) {
    if (c == '&') {
      html += "&amp;";
    } else if (c == '<') {
      html += "&lt;";
    } else {
      html += c;
    }
  }
  return html;
}

}  // namespace

std::string fill_page(const PageParts& parts, std::string_view title, std::string_view json) {
  const std::array<std::pair<std::string_view, std::string>, 4> contents{
      {{"@TITLE@", escaped(title)},
       {"@STYLE@", joined("base", parts, parts.styles)},
       {"@DATA@", without_tags(json)},
       {"@SCRIPT@", joined("dom", parts, parts.scripts)}}};
  // Each mark stands once, in this order; what is filled in is not searched and may hold anything.
  std::string page;
  std::string_view rest = part(parts.folder, "page");
  for (const auto& [mark, content] : contents) {
    const size_t at = rest.find(mark);
    if (at == std::string_view::npos) throw ContractError(fmt::format("a page without {}", mark));
    page.append(rest.substr(0, at)).append(content);
    rest.remove_prefix(at + mark.size());
  }
  return page.append(rest);
}

}  // namespace skipbench
