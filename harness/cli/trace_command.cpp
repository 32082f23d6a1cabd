#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "harness/checkpoint/checkpoint.h"
#include "harness/cli/command.h"
#include "harness/cli/input_file.h"
#include "harness/cli/method_options.h"
#include "harness/cli/output_file.h"
#include "harness/cli/parse_error.h"
#include "harness/machine/device.h"
#include "harness/text/chat_template.h"
#include "harness/trace/trace.h"
#include "harness/trace/trace_page.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

struct TraceArguments {
  TraceRequest request;
  std::string params = "{}", prompt_file, token_file, out, format = "text";
};

// "12, 40-47": positions with runs drawn together, cut off after a few.
std::string positions_text(const Json& part) {
  if (!part.contains("indices")) return "all";
  constexpr size_t kRuns = 8;
  const auto positions = part.at("indices").get<std::vector<int64_t>>();
  std::string text;
  size_t runs = 0;
  for (size_t i = 0; i < positions.size(); ++runs) {
    if (runs == kRuns) return text + ", ...";
    size_t end = i;
    while (end + 1 < positions.size() && positions[end + 1] == positions[end] + 1) ++end;
    text += text.empty() ? "" : ", ";
    text += end == i ? fmt::format("{}", positions[i])
                     : fmt::format("{}-{}", positions[i], positions[end]);
    i = end + 1;
  }
  return text;
}

constexpr const char* kLegend =
    "\n"
    "attention, FFN  prompt tokens whose hidden state the layer's attention, its FFN updated\n"
    "alive           tokens that go on to the next layer\n"
    "KV              rows of the layer's cache, for each KV head\n";

// Nothing for a reply of one token, which prefill gave.
std::string decode_text(const Json& decode) {
  const auto steps = decode.at("steps").get<int64_t>();
  if (steps == 0) return "";
  std::string text = fmt::format(
      "decode: {} step{}, {:.1f}% of the FFNs run, {:.1f}% of full attention's cache rows attended",
      steps, steps == 1 ? "" : "s", 100 * decode.at("ffn_share").get<double>(),
      100 * decode.at("kv_share").get<double>());
  const auto revived = decode.at("revived_tokens").get<int64_t>();
  const auto recalled = decode.at("recalled_rows").get<int64_t>();
  if (revived > 0) text += fmt::format(", {} dropped tokens revived", revived);
  if (recalled > 0) text += fmt::format(", {} cache rows recalled from host memory", recalled);
  return text + "\n";
}

// The groups of operations, the longest first, and what of the prefill lies outside them.
std::string profile_text(const Json& profile) {
  std::map<std::string, double> groups;
  double rest = profile.at("prefill_ms").get<double>();
  for (const Json& entry : profile.at("operations")) {
    const auto ms = entry.at("ms").get<double>();
    groups[entry.at("group").get<std::string>()] += ms;
    rest -= ms;
  }
  std::vector<std::pair<double, std::string>> rows;
  for (const auto& [group, ms] : groups) rows.emplace_back(ms, group);
  std::sort(rows.rbegin(), rows.rend());
  rows.emplace_back(rest, "between them");
  const auto total = profile.at("prefill_ms").get<double>();
  std::string text = fmt::format("profiled prefill: {:.2f} ms\n", total);
  for (const auto& [ms, group] : rows) {
    text += fmt::format("  {:<12} {:>10.2f} ms {:>6.1f}%\n", group, ms, 100 * ms / total);
  }
  return text;
}

std::string as_text(const Json& trace) {
  const auto full = trace.at("flops").at("full").get<double>();
  const auto method = trace.at("flops").at("method").get<double>();
  std::string text = fmt::format("prompt: {} tokens\nmethod: {}\n",
                                 trace.at("prompt_tokens").size(), trace.at("method").dump());
  text +=
      fmt::format("prefill: {:.3f} GFLOP of full attention's {:.3f}: ideal speed-up {:.2f}x\n\n",
                  method / 1e9, full / 1e9, full / method);
  text += fmt::format("{:>5} {:>9} {:>9} {:>9} {:>9}  attention updated\n", "layer", "attention",
                      "FFN", "alive", "KV");
  for (const Json& layer : trace.at("layers")) {
    text += fmt::format("{:>5} {:>9} {:>9} {:>9} {:>9}  {}\n", layer.at("layer").dump(),
                        layer.at("attention").at("kept").dump(), layer.at("ffn").at("kept").dump(),
                        layer.at("alive_after").dump(), layer.at("kv").at("kept").dump(),
                        positions_text(layer.at("attention")));
  }
  text += kLegend;
  if (trace.contains("profile")) text += "\n" + profile_text(trace.at("profile"));
  text += "\nfirst token:";
  for (const Json& token : trace.at("first_token_top")) {
    text += fmt::format("  {} ({:.3f})", token.at(0).dump(), token.at(1).get<double>());
  }
  return text + fmt::format("\n{}reply: {}\n", decode_text(trace.at("decode")),
                            trace.at("text").get<std::string>());
}

std::string as_page(const Json& trace, const TraceArguments& arguments) {
  const Checkpoint text_side = load_text_side(arguments.request.model.checkpoint);
  return trace_page(trace, {.model = text_side.info.name,
                            .tokenizer = text_side.tokenizer.get(),
                            .highlights = arguments.request.highlights});
}

std::string formatted(const Json& trace, const TraceArguments& arguments) {
  if (arguments.format == "html") return as_page(trace, arguments);
  if (arguments.format == "text") return as_text(trace);
  return trace.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

int trace(const TraceArguments& arguments) {
  use_physical_cores();
  TraceRequest request = arguments.request;
  request.method.overrides = parse_params(arguments.params);
  if (!arguments.token_file.empty()) {
    if (request.chat) throw InputError("--chat needs --prompt-file: tokens stand as they are");
    const CheckpointInfo info = inspect_checkpoint(request.model.checkpoint);
    request.prompt_tokens = read_token_file(arguments.token_file, info.config.vocabulary);
  } else {
    request.prompt_text = read_text_file(arguments.prompt_file);
  }
  if (!arguments.request.highlights.empty() && arguments.format != "html") {
    throw InputError("--highlight needs --format html");
  }
  const Json result =
      trace_prompt(request, [](const std::string& note) { fmt::print(stderr, "{}\n", note); });
  write_output(arguments.out, formatted(result, arguments));
  return exit_code::kDone;
}

}  // namespace

void add_trace_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("trace", "Show what each layer keeps of one prompt");
  auto arguments = std::make_shared<TraceArguments>();
  TraceRequest& request = arguments->request;
  add_method_options(*command, request.model, request.method, arguments->params);
  add_calibration_options(*command, request.texts);
  CLI::Option_group* prompt = command->add_option_group("prompt");
  prompt->add_option("--prompt-file", arguments->prompt_file, "The prompt as text");
  prompt->add_option("--prompt-tokens", arguments->token_file, "The prompt as a JSON list of ids");
  prompt->require_option(1);
  command->add_flag("--chat", request.chat, "Put the text into the model's chat template");
  command->add_option("--max-new-tokens", request.max_new_tokens, "Tokens to generate")
      ->check(whole_number(0))
      ->capture_default_str();
  command->add_flag("--profile", request.profile,
                    "Prefill once more and show its time by layer and group of operations");
  command->add_option("--format", arguments->format, "text, json or html, a page to look at")
      ->check(CLI::IsMember({"text", "json", "html"}))
      ->capture_default_str();
  command
      ->add_option("--highlight", request.highlights,
                   "A text of the prompt whose tokens the page marks (may be repeated)")
      ->allow_extra_args(false);
  command->add_option("--out", arguments->out, "Write to this file instead of the terminal");
  command->footer(
      "Example: skipbench trace --checkpoint smollm2-135m --method spts --preset auto "
      "--prompt-file README.md --chat\n"
      "         skipbench trace ... --format html --highlight 'the needle' --out trace.html");
  command->callback([arguments, &action] { action = [arguments] { return trace(*arguments); }; });
}

}  // namespace skipbench
