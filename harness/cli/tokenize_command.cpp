#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>

#include "harness/checkpoint/checkpoint.h"
#include "harness/cli/command.h"
#include "harness/cli/input_file.h"
#include "harness/text/chat_template.h"
#include "kernels/base/error.h"
#include "kernels/base/json.h"

namespace skipbench {
namespace {

struct TokenizeArguments {
  std::string checkpoint, file, format = "text";
  bool chat = false;
};

int tokenize(const TokenizeArguments& arguments) {
  const std::string text = read_text_file(arguments.file);
  const Checkpoint checkpoint = load_text_side(arguments.checkpoint);
  if (!checkpoint.tokenizer) {
    throw InputError(fmt::format("{} has no tokenizer", arguments.checkpoint));
  }
  const ChatTemplate chat = arguments.chat ? checkpoint.chat : ChatTemplate::kNone;
  const Prompt prompt = build_prompt(*checkpoint.tokenizer, chat, text, "");
  if (arguments.format == "json") {
    fmt::print("{}\n", Json(prompt.tokens).dump());
    return exit_code::kDone;
  }
  for (const int32_t token : prompt.tokens) {
    const std::string piece = checkpoint.tokenizer->decode({token}, false);
    fmt::print("{:>7}  {}\n", token,
               Json(piece).dump(-1, ' ', false, Json::error_handler_t::replace));
  }
  return exit_code::kDone;
}

}  // namespace

void add_tokenize_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("tokenize", "Show the token ids of a text file");
  auto arguments = std::make_shared<TokenizeArguments>();
  command
      ->add_option("--checkpoint", arguments->checkpoint,
                   "A .gguf file, a Hugging Face folder or a known name")
      ->required();
  command->add_option("--file", arguments->file, "The text")->required();
  command->add_flag("--chat", arguments->chat, "As a user's message in the chat template");
  command->add_option("--format", arguments->format, "text: one token a line; json: a list of ids")
      ->check(CLI::IsMember({"text", "json"}));
  command->footer("Example: skipbench tokenize --checkpoint smollm2-135m --file README.md");
  command->callback(
      [arguments, &action] { action = [arguments] { return tokenize(*arguments); }; });
}

}  // namespace skipbench
