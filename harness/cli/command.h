#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

namespace skipbench {

/// What the program ends with; part of the command line's contract.
namespace exit_code {
inline constexpr int kDone = 0;
inline constexpr int kSomeFailed = 1;     // cells failed or a set is incomplete; each is listed
inline constexpr int kBadInput = 2;       // InputError, or arguments that do not parse
inline constexpr int kInterrupted = 130;  // SIGINT; the next run continues
inline constexpr int kTerminated = 143;   // SIGTERM; the next run continues
}  // namespace exit_code

/// What the chosen command will do once the whole command line has been parsed. Returns the exit
/// code; throws InputError for bad input.
using Action = std::function<int()>;

// Each function adds one sub-command, which sets `action` when it was chosen. One file a command.
void add_report_command(CLI::App& app, Action& action);
void add_score_command(CLI::App& app, Action& action);
void add_compare_command(CLI::App& app, Action& action);
void add_merge_command(CLI::App& app, Action& action);
void add_tasks_command(CLI::App& app, Action& action);
void add_completion_command(CLI::App& app, Action& action);
#ifdef SKIPBENCH_ENGINE
void add_run_command(CLI::App& app, Action& action, const std::vector<std::string>& command_line);
void add_worker_command(CLI::App& app, Action& action);
void add_trace_command(CLI::App& app, Action& action);
void add_tokenize_command(CLI::App& app, Action& action);
void add_calibrate_command(CLI::App& app, Action& action);
void add_tune_command(CLI::App& app, Action& action, const std::vector<std::string>& command_line);
void add_methods_command(CLI::App& app, Action& action);
void add_doctor_command(CLI::App& app, Action& action);
#endif

}  // namespace skipbench
