#include "harness/run/trace_page.h"

#include <fmt/format.h>

#include <cstdint>
#include <span>

#include "harness/run/highlight_ranges.h"
#include "harness/tasks/embedded_text.h"

namespace skipbench {

/// trace_page/*.html (harness/tasks/embed_texts.cmake).
std::span<const EmbeddedText> embedded_trace_page();

namespace {

// As the content of a script element, which ends at the first "</script", whatever it holds.
std::string script_json(const Json& json) {
  std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  for (size_t at = 0; (at = text.find('<', at)) != std::string::npos;) {
    text.replace(at, 1, "\\u003c");
  }
  return text;
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

// The template's marks are looked for once, so that what is filled in may hold anything.
std::string filled(std::string_view page, std::string_view mark, std::string_view content) {
  const size_t at = page.find(mark);
  return fmt::format("{}{}{}", page.substr(0, at), content, page.substr(at + mark.size()));
}

}  // namespace

std::string trace_page(const Json& trace, const TracePage& page) {
  const auto texts =
      token_pieces(trace.at("prompt_tokens").get<std::vector<int32_t>>(), page.tokenizer);
  Json data{{"trace", trace},
            {"model", page.model},
            {"texts", texts},
            {"top_texts", Json::array()},
            {"highlight", Json::array()}};
  for (const Json& top : trace.at("first_token_top")) {
    const std::vector<int32_t> token{top.at(0).get<int32_t>()};
    data["top_texts"].push_back(token_pieces(token, page.tokenizer).front());
  }
  for (const std::string& needle : page.highlights) {
    for (const TokenRange& range : highlight_ranges(texts, needle)) {
      data["highlight"].push_back({range.begin, range.end});
    }
  }
  const std::string title =
      fmt::format("{} on {}", trace.at("method").at("method").get<std::string>(), page.model);
  return filled(filled(embedded_trace_page().front().text, "@TITLE@", escaped(title)), "@DATA@",
                script_json(data));
}

}  // namespace skipbench
