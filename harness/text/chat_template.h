#pragma once

#include <string>
#include <string_view>

#include "harness/text/tokenizer.h"
#include "kernels/model/prompt.h"

namespace skipbench {

enum class ChatTemplate { kNone, kChatMl, kLlama3, kQwen2, kMistral };

/// Recognises the family from the checkpoint's Jinja text; kNone when it has no template. Throws
/// InputError for a template that it does not know.
ChatTemplate recognise_chat_template(std::string_view jinja);
std::string_view chat_template_name(ChatTemplate chat);

/// The text around one user message: template(prefix) + message + template(suffix), up to where the
/// assistant begins to speak. `default_system` is part of the prefix where the template has one.
struct ChatFrame {
  std::string prefix, suffix;
};
ChatFrame chat_frame(ChatTemplate chat, std::string_view jinja);

/// The prompt of one user message, tokenized, with the span of the user's own content.
/// `answer_prefix` begins the assistant's reply. Without a template the text stands alone.
Prompt build_prompt(const Tokenizer& tokenizer, ChatTemplate chat, std::string_view message,
                    std::string_view answer_prefix);

}  // namespace skipbench
