#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "harness/cli/command.h"
#include "harness/cli/parameter_table.h"
#include "harness/tasks/task.h"

namespace skipbench {
namespace {

void list_tasks() {
  size_t width = 0;
  for (const TaskEntry& task : all_tasks()) width = std::max(width, task.name.size());
  for (const TaskEntry& task : all_tasks()) {
    fmt::print("{}", listing_line(task.name, task.summary, width));
  }
  fmt::print("\nskipbench tasks NAME shows a task's parameters.\n");
}

void show_task(const TaskEntry& task) {
  fmt::print("{}: {}\n\nParameters, written beside 'task' in an experiment:\n{}", task.name,
             task.summary, parameter_table(task.describe()));
}

}  // namespace

void add_tasks_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("tasks", "List the tasks, or one task's parameters");
  auto name = std::make_shared<std::string>();
  command->add_option("name", *name, "The task to show");
  command->footer("Example: skipbench tasks needle");
  command->callback([name, &action] {
    action = [name] {
      if (name->empty()) {
        list_tasks();
      } else {
        show_task(find_task(*name));
      }
      return exit_code::kDone;
    };
  });
}

}  // namespace skipbench
