#include "harness/text/chat_template.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "harness/text/utf8.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// A Jinja string literal's text: \n and quotes un-escaped.
std::string unescape(std::string_view literal) {
  std::string text;
  for (size_t i = 0; i < literal.size(); ++i) {
    if (literal[i] == '\\' && i + 1 < literal.size()) {
      ++i;
      text += literal[i] == 'n' ? '\n' : literal[i];
    } else {
      text += literal[i];
    }
  }
  return text;
}

/// The Jinja string literal around jinja[at], un-escaped; "" when `at` stands in no literal.
std::string literal_around(std::string_view jinja, size_t at) {
  const size_t open = jinja.find_last_of("'\"", at);
  if (open == jinja.npos) return "";
  const size_t close = jinja.find(jinja[open], at);
  if (close == jinja.npos) return "";
  const std::string_view literal = jinja.substr(open + 1, close - open - 1);
  return contains(literal, "}}") || contains(literal, "%}") ? "" : unescape(literal);
}

/// The first string literal of the template that holds `begin` and ends with `end`, or "".
std::string find_literal(std::string_view jinja, std::string_view begin, std::string_view end) {
  for (size_t at = jinja.find(begin); at != jinja.npos; at = jinja.find(begin, at + 1)) {
    std::string literal = literal_around(jinja, at);
    if (!literal.empty() && literal.ends_with(end)) return literal;
  }
  return "";
}

/// ChatML's default system turn is a literal of its own in the templates that have one.
std::string default_system_turn(std::string_view jinja) {
  return find_literal(jinja, "<|im_start|>system", "<|im_end|>\n");
}

/// How the generation prompt goes on after "assistant\n": nothing, or the "<think>\n" of Qwen3's
/// thinking models; no value for other ways with think blocks. Qwen3's hybrid models write an empty
/// block only for callers that switch thinking off.
std::optional<std::string> reply_beginning(std::string_view jinja) {
  const size_t at = jinja.rfind("add_generation_prompt");
  const std::string_view tail = at == jinja.npos ? "" : jinja.substr(at);
  if (!contains(tail, "<think>")) return "";
  if (contains(tail, R"(assistant\n<think>\n')")) return "<think>\n";
  const bool on_request = contains(tail, "enable_thinking is false") && !contains(tail, "else");
  return on_request ? std::optional<std::string>("") : std::nullopt;
}

ChatFrame chat_ml(std::string system_turn, std::string_view jinja) {
  return {system_turn + "<|im_start|>user\n",
          "<|im_end|>\n<|im_start|>assistant\n" + reply_beginning(jinja).value_or("")};
}

ChatFrame llama3(std::string_view jinja) {
  // Llama 3.1 and later open with a system turn of dates; the date is the template's own default.
  const std::string dates =
      contains(jinja, "Cutting Knowledge Date")
          ? "<|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\n"
            "Today Date: 26 Jul 2024\n\n<|eot_id|>"
          : "";
  return {"<|begin_of_text|>" + dates + "<|start_header_id|>user<|end_header_id|>\n\n",
          "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n", true};
}

/// The spaces around [INST] differ from version to version, so the template's own literals count.
ChatFrame mistral(std::string_view jinja) {
  const std::string begin = find_literal(jinja, "[INST]", ""),
                    end = find_literal(jinja, "[/INST]", "");
  return {"<s>" + (begin.empty() ? "[INST] " : begin), end.empty() ? " [/INST]" : end};
}

/// Without a system message of the caller's Llama 2 has none; the BOS belongs to each turn.
ChatFrame llama2() {
  return {"<s>[INST] ", " [/INST]", true};
}

/// openPangu-Embedded opens with a system turn, empty unless the template has a default.
ChatFrame pangu(std::string_view jinja) {
  return {find_literal(jinja, "[unused9]系统：", "[unused10]") + "[unused9]用户：",
          "[unused10][unused9]助手："};
}

struct TokenSpan {
  int64_t begin, end;
};

/// The tokens that hold bytes [begin, end) of the text. Each token reaches to where the next one
/// begins; of several that begin at one byte (BOS, then the text) only the last holds it.
TokenSpan tokens_of(const Encoding& encoding, size_t begin, size_t end) {
  const auto& begins = encoding.begins;
  const auto first_after = std::upper_bound(begins.begin(), begins.end(), begin) - begins.begin();
  const int64_t first = std::max<int64_t>(first_after - 1, 0);
  if (begin == end) return {first, first};
  return {first, std::lower_bound(begins.begin(), begins.end(), end) - begins.begin()};
}

}  // namespace

ChatTemplate recognise_chat_template(std::string_view jinja) {
  if (strip(jinja).empty()) return ChatTemplate::kNone;
  if (contains(jinja, "<|start_header_id|>")) return ChatTemplate::kLlama3;
  // Phi-4 puts <|im_sep|> after the role, InternLM a BOS in front: relatives, but other frames.
  const bool relative = contains(jinja, "<|im_sep|>") || contains(jinja, "bos_token");
  if (contains(jinja, "<|im_start|>") && !relative && reply_beginning(jinja)) {
    return contains(jinja, "You are Qwen") ? ChatTemplate::kQwen2 : ChatTemplate::kChatMl;
  }
  if (contains(jinja, "[unused9]用户：")) return ChatTemplate::kPangu;
  // Llama 2 speaks of [INST] too, but wraps a system message in <<SYS>>; relatives of it come with
  // a system message of their own.
  const bool own_system = contains(jinja, "elif true == true");
  if (contains(jinja, "[INST]") && !contains(jinja, "<<SYS>>")) return ChatTemplate::kMistral;
  if (contains(jinja, "bos_token + '[INST] '") && !own_system) return ChatTemplate::kLlama2;
  throw InputError(
      fmt::format("unknown chat template, beginning with '{}'; known: chatml, llama-3, qwen2, "
                  "mistral, llama-2, openpangu",
                  jinja.substr(0, 60)));
}

std::string_view chat_template_name(ChatTemplate chat) {
  switch (chat) {
    case ChatTemplate::kNone:
      return "none";
    case ChatTemplate::kChatMl:
      return "chatml";
    case ChatTemplate::kLlama3:
      return "llama-3";
    case ChatTemplate::kQwen2:
      return "qwen2";
    case ChatTemplate::kMistral:
      return "mistral";
    case ChatTemplate::kLlama2:
      return "llama-2";
    case ChatTemplate::kPangu:
      return "openpangu";
  }
  throw ContractError("chat template outside its enumeration");
}

ChatFrame chat_frame(ChatTemplate chat, std::string_view jinja) {
  switch (chat) {
    case ChatTemplate::kNone:
      return {};
    case ChatTemplate::kChatMl:
      return chat_ml(default_system_turn(jinja), jinja);
    case ChatTemplate::kLlama3:
      return llama3(jinja);
    case ChatTemplate::kQwen2:
      return chat_ml(
          "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful "
          "assistant.<|im_end|>\n",
          jinja);
    case ChatTemplate::kMistral:
      return mistral(jinja);
    case ChatTemplate::kLlama2:
      return llama2();
    case ChatTemplate::kPangu:
      return pangu(jinja);
  }
  throw ContractError("chat template outside its enumeration");
}

Prompt build_prompt(const Tokenizer& tokenizer, ChatTemplate chat, std::string_view message,
                    std::string_view answer_prefix) {
  const ChatFrame frame = chat_frame(chat, tokenizer.spec().chat_template);
  const std::string valid = replace_invalid_utf8(message);  // before offsets are counted
  const std::string_view content = frame.strips_message ? strip(valid) : std::string_view(valid);
  const size_t content_begin = frame.prefix.size(), content_end = content_begin + content.size();
  const bool alone = chat == ChatTemplate::kNone;  // the templates bring their own BOS

  Encoding encoding = tokenizer.encode_with_offsets(
      fmt::format("{}{}{}{}", frame.prefix, content, frame.suffix, answer_prefix), alone, true);
  Prompt prompt;
  const TokenSpan span = tokens_of(encoding, content_begin, content_end);
  prompt.content_begin = span.begin;
  prompt.content_end = span.end;
  prompt.tokens = std::move(encoding.ids);
  return prompt;
}

}  // namespace skipbench
