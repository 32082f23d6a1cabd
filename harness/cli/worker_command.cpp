#include "harness/cli/command.h"
#include "harness/workers/worker.h"

namespace skipbench {

// Not listed by --help: 'skipbench run --workers' calls it.
void add_worker_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("worker", "Measure what the run that started it names");
  command->group("");
  command->callback([&action] {
    action = [] {
      run_worker();
      return exit_code::kDone;
    };
  });
}

}  // namespace skipbench
