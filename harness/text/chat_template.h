#pragma once

#include <string>
#include <string_view>

#include "harness/text/tokenizer.h"
#include "kernels/model/prompt.h"

namespace skipbench {

enum class ChatTemplate { kNone, kChatMl, kLlama3, kQwen2, kMistral, kLlama2, kPangu };

/// Recognises the family from the checkpoint's Jinja text; kNone when it has no template. Throws
/// InputError for a template that it does not know. Qwen3 speaks ChatML.
ChatTemplate recognise_chat_template(std::string_view jinja);
std::string_view chat_template_name(ChatTemplate chat);

/// The text around one user message: prefix + message + suffix, up to where the assistant begins to
/// speak: what the public Jinja template gives with add_generation_prompt. The default system
/// message is part of the prefix where the template has one.
struct ChatFrame {
  std::string prefix, suffix;
  bool strips_message = false;  // white space around the message is taken off first
};

/// `jinja`: the checkpoint's own text, which holds what differs within a family (ChatML's default
/// system message, Llama 3.1's dates, Mistral's spaces).
ChatFrame chat_frame(ChatTemplate chat, std::string_view jinja);

/// The prompt of one user message, tokenized, with the span of the user's own content: every token
/// that holds a byte of the message. The ids are those of the joined text with special tokens
/// recognised. `answer_prefix` begins the assistant's reply. Without a template the text stands
/// alone, after BOS where the checkpoint asks for it.
Prompt build_prompt(const Tokenizer& tokenizer, ChatTemplate chat, std::string_view message,
                    std::string_view answer_prefix);

}  // namespace skipbench
