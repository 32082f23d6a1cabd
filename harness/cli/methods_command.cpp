#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>

#include "harness/cli/command.h"
#include "harness/cli/parameter_table.h"
#include "harness/experiment/experiment.h"
#include "methods/interface/combinable.h"
#include "methods/interface/registry.h"
#include "methods/interface/table.h"

namespace skipbench {
namespace {

constexpr std::string_view kScoreDriven =
    "How much is computed depends on attention scores, so random weights say nothing about the "
    "speed";

void list_methods() {
  size_t width = 0;
  for (const MethodEntry& method : all_methods()) width = std::max(width, method.name.size());
  for (const MethodEntry& method : all_methods()) {
    fmt::print("{}", listing_line(method.name, method.summary, width));
  }
  std::vector<std::string_view> driven;
  for (const MethodEntry& method : all_methods()) {
    if (score_driven(method.name)) driven.push_back(method.name);
  }
  fmt::print("\n{}: {}.\n", kScoreDriven, fmt::join(driven, ", "));
  fmt::print(
      "\nskipbench methods NAME shows a method's parameters and presets, skipbench methods "
      "NAME+NAME those of two\nthat share a prompt (`then` of an experiment).\n");
}

void show_presets(std::string_view method) {
  const std::vector<Preset> presets = load_presets(method);
  if (presets.empty()) return;
  fmt::print("\nPresets of {}:\n", method);
  for (const Preset& preset : presets) {
    const std::string fits = preset.layers == 0
                                 ? "any model"
                                 : fmt::format("{} layers, width {}", preset.layers, preset.width);
    fmt::print("  {} ({})  [{}]\n    {}\n", preset.name, fits, preset.source, preset.params.dump());
  }
}

std::string decisions_text(const MethodEntry& method) {
  std::vector<std::string_view> texts;
  for (const Decision decision : method.decides) texts.push_back(decision_text(decision));
  return texts.empty() ? "nothing" : fmt::format("{}", fmt::join(texts, "; "));
}

// With what it can share a prompt.
std::string partners_text(const MethodEntry& method) {
  if (!method.parts.empty()) return "";
  const auto line = [](std::string_view what, const std::vector<std::string>& names) {
    return names.empty() ? "" : fmt::format("{}: {}\n", what, fmt::join(names, ", "));
  };
  return line("Behind it (then)", methods_behind(method)) +
         line("Itself after", methods_before(method));
}

void show_method(const MethodEntry& method) {
  fmt::print("{}: {}\nSource: {}\nDropped tokens: {}\nDecides: {}\n{}{}\nParameters:\n{}",
             method.name, method.summary, method.paper, method.fate, decisions_text(method),
             score_driven(method.name) ? fmt::format("{}.\n", kScoreDriven) : "",
             partners_text(method), parameter_table(method.describe()));
  if (method.parts.empty()) show_presets(method.name);
  for (const std::string& part : method.parts) show_presets(part);
}

}  // namespace

void add_methods_command(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("methods", "List the methods, or one method's parameters and presets");
  auto name = std::make_shared<std::string>();
  command->add_option("name", *name, "The method to show");
  command->footer("Example: skipbench methods spts");
  command->callback([name, &action] {
    action = [name] {
      if (name->empty()) {
        list_methods();
      } else {
        show_method(find_method(*name));
      }
      return exit_code::kDone;
    };
  });
}

}  // namespace skipbench
