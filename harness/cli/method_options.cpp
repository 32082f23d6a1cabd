#include "harness/cli/method_options.h"

#include "harness/cli/parse_error.h"

namespace skipbench {

void add_method_options(CLI::App& command, ModelSpec& model, MethodSpec& method,
                        std::string& params) {
  command
      .add_option("--checkpoint", model.checkpoint,
                  "A .gguf file, a Hugging Face folder, a known name or random:<shape>")
      ->required();
  command.add_option("--device", model.device, "auto, cpu, cuda or cuda:<index>");
  command.add_option("--dtype", model.dtype, "auto, fp32, bf16 or fp16");
  command
      .add_option("--method", method.method,
                  "The method, or two that share the prompt: spts+snapkv (`then` of an experiment)")
      ->required();
  command.add_option("--preset", method.preset, "A preset's name, or auto");
  command.add_option("--then-preset", method.then_preset, "The same for the second method");
  command.add_option("--params", params,
                     "Parameters as a JSON object; those of the second method as its \"then\"");
}

void add_calibration_options(CLI::App& command, CalibrationSpec& texts) {
  command
      .add_option(
          "--texts", texts.texts,
          "What the method learns from: a .txt file (paragraphs), a .jsonl file ({\"text\": ...} "
          "or "
          "{\"tokens\": [...]} a line), a task (needle) or a .yaml file with one; builtin: our own "
          "articles")
      ->capture_default_str();
  command.add_option("--count", texts.count, "Texts at most")
      ->check(whole_number(1))
      ->capture_default_str();
  command.add_option("--tokens", texts.tokens, "Tokens of a text at most")
      ->check(whole_number(1))
      ->capture_default_str();
}

}  // namespace skipbench
