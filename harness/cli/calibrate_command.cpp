#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "harness/calibrate/calibrate.h"
#include "harness/cli/command.h"
#include "harness/cli/input_file.h"
#include "harness/cli/method_options.h"
#include "harness/machine/device.h"
#include "harness/run/progress.h"

namespace skipbench {
namespace {

struct CalibrateArguments {
  CalibrateRequest request;
  std::string params = "{}", format = "text";
};

int calibrate(const CalibrateArguments& arguments) {
  use_physical_cores();
  CalibrateRequest request = arguments.request;
  request.method.overrides = parse_params(arguments.params);
  Progress progress(0, 0, stderr);
  const CalibratedArtefact made = calibrate_artefact(
      request, [&](const std::string& note) { progress.note(note); },
      [&](const std::string& phase) { progress.phase(phase); });
  if (arguments.format == "json") {
    fmt::print("{}\n", Json{{"hash", made.hash},
                            {"file", made.file.string()},
                            {"texts", made.texts},
                            {"tokens", made.tokens},
                            {"texts_hash", made.texts_hash}}
                           .dump());
  } else if (made.hash.empty()) {
    fmt::print("{} needs no calibration with these parameters\n", request.method.method);
  } else {
    fmt::print("{}\n{} texts, {} tokens\n", made.file.string(), made.texts, made.tokens);
  }
  return exit_code::kDone;
}

}  // namespace

void add_calibrate_command(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("calibrate", "Make and cache what a method learns offline");
  auto arguments = std::make_shared<CalibrateArguments>();
  CalibrateRequest& request = arguments->request;
  add_method_options(*command, request.model, request.method, arguments->params);
  add_calibration_options(*command, request.texts);
  command->add_option("--format", arguments->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  command->footer(
      "Example: skipbench calibrate --checkpoint smollm2-135m --method spts --preset auto\n"
      "A run with the same model, parameters and texts finds the artefact and calibrates nothing.");
  command->callback(
      [arguments, &action] { action = [arguments] { return calibrate(*arguments); }; });
}

}  // namespace skipbench
