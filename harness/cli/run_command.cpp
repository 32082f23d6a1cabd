#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>

#include "harness/base/folders.h"
#include "harness/base/write_file.h"
#include "harness/cli/command.h"
#include "harness/cli/parse_error.h"
#include "harness/cli/run_outcome.h"
#include "harness/machine/device.h"
#include "harness/machine/interrupt.h"
#include "harness/plan/describe_plan.h"
#include "harness/plan/late_labels.h"
#include "harness/run/busy_machine.h"
#include "harness/run/run_experiment.h"
#include "harness/run/write_predictions.h"
#include "harness/workers/worker_devices.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

struct RunArguments {
  std::string experiment, database, command, predictions;
  std::vector<std::string> settings;
  PlanOptions plan;
  bool dry_run = false, retry_failed = false, retime = false, profile = false;
  int64_t workers = 0;  // 0: as the experiment says
  std::string shard;    // "": all samples
};

std::string what_to_know(const Plan& plan) {
  return describe_presets(plan) + describe_equal_labels(plan) + describe_calibration_overlap(plan);
}

std::filesystem::path database_of(const RunArguments& arguments, const Plan& plan) {
  if (!arguments.database.empty()) return arguments.database;
  const Shard& shard = plan.options.shard;
  const std::string part =
      shard.is_all() ? "" : fmt::format(".shard-{}-of-{}", shard.index, shard.count);
  return fmt::format("results/{}{}.db", plan.experiment.name, part);
}

int dry_run(const RunArguments& arguments, Plan& plan) {
  const std::filesystem::path database = database_of(arguments, plan);
  const std::string late = plan_late_labels(plan, database, arguments.retime);
  fmt::print("{}{}{}{}{}", describe_plan(plan), describe_searches(plan),
             describe_stored(plan, database), late, what_to_know(plan));
  return exit_code::kDone;
}

int run(RunArguments arguments) {
  const InterruptGuard guard;
  if (!arguments.shard.empty()) arguments.plan.shard = parse_shard(arguments.shard);
  if (!arguments.plan.shard.is_all() && !arguments.predictions.empty()) {
    throw InputError(
        "--predictions: a shard has some of the replies; merge the shards' databases first, "
        "then run without --shard, with --db MERGED.db");
  }
  Experiment experiment = load_experiment(shipped_file(arguments.experiment), arguments.settings);
  const int64_t workers = arguments.workers > 0
                              ? arguments.workers
                              : launched_workers(experiment, arguments.plan.device);
  use_physical_cores(std::max<int>(1, static_cast<int>(workers)));
  for (const auto& [given, flag] :
       {std::pair(arguments.retime, "--retime"), {arguments.profile, "--profile"}}) {
    if (!given || !experiment.timing.none) continue;
    throw InputError(
        fmt::format("{}: the experiment says 'timing: none', so that nothing is timed; leave out "
                    "one of the two",
                    flag));
  }
  Plan plan = make_plan(std::move(experiment), arguments.plan);
  if (arguments.dry_run) return dry_run(arguments, plan);
  fmt::print(stderr, "{}{}", what_to_know(plan), busy_machine_hint(plan));
  RunOptions options;
  options.database = database_of(arguments, plan);
  if (arguments.database.empty()) make_folder("without --db, the folder", "results");
  options.command = arguments.command;
  options.retry_failed = arguments.retry_failed;
  options.retime = arguments.retime;
  options.workers = workers;
  options.profile = arguments.profile;
  if (!arguments.predictions.empty()) prepare_predictions(plan, arguments.predictions);
  const ExperimentOutcome outcome = run_experiment(plan, options);
  print_searches(outcome.searches);
  const int code = print_outcome(outcome.run, options.database);
  if (!arguments.predictions.empty()) {
    const WrittenPredictions written =
        write_predictions(plan, options.database, arguments.predictions);
    fmt::print("{} predictions are in {}, {} are missing\n", written.rows, arguments.predictions,
               written.missing);
  }
  return code;
}

}  // namespace

void add_run_command(CLI::App& app, Action& action, const std::vector<std::string>& command_line) {
  CLI::App* command = app.add_subcommand("run", "Run or resume an experiment");
  auto arguments = std::make_shared<RunArguments>();
  arguments->command = joined_words(command_line);
  command->add_option("experiment", arguments->experiment, "The experiment, a YAML file")
      ->required();
  command->add_option("--db", arguments->database, "The database; default results/<experiment>.db");
  command
      ->add_option("--set", arguments->settings,
                   "Override a value of the file: key.path=value (may be repeated)")
      ->allow_extra_args(false);
  command->add_flag("--dry-run", arguments->dry_run,
                    "Check everything, list the cells and estimate the time; run nothing");
  command->add_option("--predictions", arguments->predictions,
                      "Also write the replies of LongBench in its own format into this folder");
  command->add_flag("--retry-failed", arguments->retry_failed,
                    "Measure again what is stored as error, invalid or oom");
  command->add_flag("--retime", arguments->retime,
                    "Measure the baseline again beside labels that were added or changed after it "
                    "was timed, so that they have speed-ups; other rows stay");
  command
      ->add_option("--workers", arguments->workers,
                   "So many worker processes, each with a GPU or a share of the CPU's cores")
      ->check(whole_number(1, 1024));
  command->add_flag("--profile", arguments->profile,
                    "Also run each sample and method once more, untimed, and store where its time "
                    "goes; 'report --profile' shows it");
  command->add_option("--limit", arguments->plan.limit, "At most so many samples a subset")
      ->check(whole_number(1));
  command->add_option("--shard", arguments->shard,
                      "Only every n-th sample, from the i-th on: i/n, for one of several machines; "
                      "default database results/<experiment>.shard-i-of-n.db, for 'merge'");
  command->add_option("--device", arguments->plan.device, "cpu, cuda or cuda:<index>");
  command
      ->add_option("--only", arguments->plan.only, "Only labels like this (glob), and the baseline")
      ->allow_extra_args(false);
  command->add_option("--exclude", arguments->plan.exclude, "No labels like this (glob)")
      ->allow_extra_args(false);
  command
      ->add_option("--task", arguments->plan.tasks,
                   "Only tasks like this (glob): \"needle\", or with the subset \"needle 1024\"")
      ->allow_extra_args(false);
  command->footer("Example: skipbench run experiments/quickstart.yaml --limit 2");
  command->callback([arguments, &action] { action = [arguments] { return run(*arguments); }; });
}

}  // namespace skipbench
