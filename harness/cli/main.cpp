#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

#include "harness/cli/command.h"
#include "harness/cli/parse_error.h"
#include "harness/cli/version.h"
#include "kernels/base/error.h"
#include "kernels/base/freed_memory.h"
#include "kernels/base/suggest.h"
#ifdef SKIPBENCH_ENGINE
#include "harness/machine/error_line.h"
#endif

namespace skipbench {
namespace {

void add_commands(CLI::App& app, Action& action,
                  [[maybe_unused]] const std::vector<std::string>& command_line) {
#ifdef SKIPBENCH_ENGINE
  add_run_command(app, action, command_line);
  add_worker_command(app, action);
#endif
  add_report_command(app, action);
  add_score_command(app, action);
  add_compare_command(app, action);
  add_merge_command(app, action);
#ifdef SKIPBENCH_ENGINE
  add_trace_command(app, action);
  add_tokenize_command(app, action);
  add_calibrate_command(app, action);
  add_tune_command(app, action, command_line);
  add_methods_command(app, action);
#endif
  add_tasks_command(app, action);
#ifdef SKIPBENCH_ENGINE
  add_doctor_command(app, action);
#endif
  add_completion_command(app, action);
}

// CLI11 only says that an argument was not expected; a misspelt command deserves better.
void check_command_name(const CLI::App& app, int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') return;
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  for (const std::string& name : names) {
    if (name == argv[1]) return;
  }
  throw InputError(fmt::format("unknown command '{}'{}", argv[1], suggestion(argv[1], names)));
}

std::string text_of(const std::exception& error) {
#ifdef SKIPBENCH_ENGINE
  return error_line(error);
#else
  return error.what();
#endif
}

int parse_and_run(int argc, char** argv) {
  CLI::App app{"SkipBench: what token skipping costs in accuracy and gains in speed.", "skipbench"};
  app.set_version_flag("--version", version_text());
  app.require_subcommand(1);
  app.footer("Example: skipbench run experiments/quickstart.yaml");
  Action action;
  add_commands(app, action, {argv, argv + argc});
  check_command_name(app, argc, argv);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // --help and --version arrive here too, with code 0.
    if (error.get_exit_code() == 0) {
      app.exit(error);
      return exit_code::kDone;
    }
    fmt::print(stderr, "{}", parse_error_text(app, error, {argv + 1, argv + argc}));
    return exit_code::kBadInput;
  }
  return action();
}

// What was printed may still wait in a buffer, and a full disk shows only when it leaves.
bool output_arrived() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return true;
  fmt::print(stderr, "skipbench: the output cannot be written: {}\n", std::strerror(errno));
  return false;
}

}  // namespace
}  // namespace skipbench

int main(int argc, char** argv) {
  skipbench::keep_freed_memory();
  try {
    const int code = skipbench::parse_and_run(argc, argv);
    const bool arrived = skipbench::output_arrived();
    return arrived || code != skipbench::exit_code::kDone ? code : skipbench::exit_code::kBadInput;
  } catch (const skipbench::InputError& error) {
    fmt::print(stderr, "skipbench: {}\n", error.what());
    return skipbench::exit_code::kBadInput;
  } catch (const std::exception& error) {
    if (!skipbench::output_arrived()) return skipbench::exit_code::kBadInput;
    fmt::print(stderr, "skipbench: failed: {}\n", skipbench::text_of(error));
    return skipbench::exit_code::kSomeFailed;
  }
}
