#include "harness/run/trace_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <span>

#include "harness/tasks/embedded_text.h"
#include "kernels/base/error.h"

namespace skipbench {

/// trace_page/*.html (harness/tasks/embed_texts.cmake).
std::span<const EmbeddedText> embedded_trace_page();

namespace {

std::string text_of(int32_t token, const Tokenizer* tokenizer) {
  if (tokenizer == nullptr) return fmt::format("[{}]", token);
  return tokenizer->decode(std::vector<int32_t>{token}, false);
}

// Half-open ranges of tokens that share a byte with the needle, wherever it stands.
Json token_ranges(const std::vector<std::string>& texts, const std::string& needle) {
  std::string whole;
  std::vector<size_t> ends;
  for (const std::string& text : texts) ends.push_back((whole += text).size());
  const auto token_at = [&](size_t byte) {
    return std::upper_bound(ends.begin(), ends.end(), byte) - ends.begin();
  };
  Json ranges = Json::array();
  for (size_t at = whole.find(needle); at != std::string::npos; at = whole.find(needle, at + 1)) {
    ranges.push_back({token_at(at), token_at(at + needle.size() - 1) + 1});
  }
  if (!ranges.empty()) return ranges;
  throw InputError(fmt::format("--highlight: '{}' does not stand in the prompt", needle));
}

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
  std::vector<std::string> texts;
  for (const Json& token : trace.at("prompt_tokens")) {
    texts.push_back(text_of(token.get<int32_t>(), page.tokenizer));
  }
  Json data{{"trace", trace},
            {"model", page.model},
            {"texts", texts},
            {"top_texts", Json::array()},
            {"highlight", Json::array()}};
  for (const Json& top : trace.at("first_token_top")) {
    data["top_texts"].push_back(text_of(top.at(0).get<int32_t>(), page.tokenizer));
  }
  for (const std::string& needle : page.highlights) {
    if (needle.empty()) throw InputError("--highlight: the text is empty");
    for (Json& range : token_ranges(texts, needle)) data["highlight"].push_back(std::move(range));
  }
  const std::string title =
      fmt::format("{} on {}", trace.at("method").at("method").get<std::string>(), page.model);
  return filled(filled(embedded_trace_page().front().text, "@TITLE@", escaped(title)), "@DATA@",
                script_json(data));
}

}  // namespace skipbench
