#include "harness/trace/trace_page.h"

#include <fmt/format.h>

#include <cstdint>
#include <span>

#include "harness/page/page_template.h"
#include "harness/trace/highlight_ranges.h"

namespace skipbench {

/// trace_page/* (harness/base/embed_texts.cmake).
std::span<const EmbeddedText> embedded_trace_page();

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
  return fill_page({embedded_trace_page(), {"style"}, {"trace", "map", "text", "table"}}, title,
                   data.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace skipbench
