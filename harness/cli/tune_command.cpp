#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "harness/base/shell.h"
#include "harness/base/write_file.h"
#include "harness/cli/command.h"
#include "harness/cli/input_file.h"
#include "harness/cli/method_options.h"
#include "harness/cli/parse_error.h"
#include "harness/cli/run_outcome.h"
#include "harness/experiment/calibration_source.h"
#include "harness/experiment/presets.h"
#include "harness/machine/device.h"
#include "harness/machine/interrupt.h"
#include "harness/plan/describe_plan.h"
#include "harness/run/busy_machine.h"
#include "harness/tune/tune.h"

namespace skipbench {
namespace {

struct TuneArguments {
  TuneRequest request;
  std::string params = "{}", database, save, command;
  bool dry_run = false;
};

// "tune-spts-qwen2.5-coder-0.5b".
std::string default_name(const TuneRequest& request) {
  std::string model = inspect_checkpoint(request.model.checkpoint).name;
  std::replace_if(
      model.begin(), model.end(),
      [](unsigned char c) { return std::isalnum(c) == 0 && c != '.' && c != '_'; }, '-');
  return fmt::format("tune-{}-{}", request.method.method, model);
}

// Where a dry run's rows lie while it lasts.
class DryRows {
 public:
  ~DryRows() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  std::filesystem::path path() const {
    std::filesystem::create_directories(folder_);
    return folder_ / "rows";
  }

 private:
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / fmt::format("skipbench-tune-{}", getpid());
};

// Whether the setting holds on the held-out half.
std::string judgement(const CellSummary& verdict, double loss) {
  if (*verdict.answer_nll_delta > loss) {
    const bool surely = verdict.answer_nll_delta_low && *verdict.answer_nll_delta_low > loss;
    return fmt::format(
        "more than the {:g} asked for{}; more texts, or a smaller --loss, make it hold", loss,
        surely ? ", the whole interval: the setting suits the half it was chosen on"
               : ", though the interval reaches below");
  }
  if (!verdict.answer_nll_delta_high) {
    return fmt::format("within the {:g} asked for, on too few texts for an interval; {} have one",
                       loss, kTextsForIntervals);
  }
  if (*verdict.answer_nll_delta_high > loss) {
    return fmt::format(
        "within the {:g} asked for, but the interval reaches beyond; more texts would "
        "tell",
        loss);
  }
  return fmt::format("within the {:g} asked for, the whole interval", loss);
}

int finish(const Tune& tune, const TuneArguments& arguments, const RunOptions& options,
           const Json& params) {
  Plan plan = tune.held_out(params);
  fmt::print(stderr, "the chosen setting on the {} texts held out\n", tune.texts().held);
  const ExperimentOutcome outcome = run_experiment(plan, options);
  const int code = print_outcome(outcome.run, options.database);
  if (outcome.run.signal != 0) return code;
  const CellSummary verdict = tune.verdict(options.database);
  fmt::print("\nheld out, {} texts: loss {}\n{}\n", verdict.n, verdict_text(verdict),
             judgement(verdict, arguments.request.loss));
  const MethodEntry method = find_method(arguments.request.method.method);
  write_file("--save", arguments.save,
             preset_text(method, tune.preset(params, verdict), "Made by: " + arguments.command));
  fmt::print("saved; in an experiment `preset: {}`, in other commands --preset\n", arguments.save);
  return code;
}

int tune(TuneArguments arguments) {
  const InterruptGuard guard;
  use_physical_cores();
  TuneRequest& request = arguments.request;
  request.method.overrides = parse_params(arguments.params);
  request.texts = with_source(std::move(request.texts), "");
  request.name = default_name(request);
  if (arguments.database.empty()) {
    make_folder("without --db, the folder", "results");
    arguments.database = fmt::format("results/{}.db", request.name);
  }
  std::filesystem::path rows = arguments.database;
  if (rows.extension() == ".db") rows.replace_extension();
  if (arguments.save.empty()) arguments.save = rows.string() + ".yaml";
  if (!is_preset_file(arguments.save)) {
    throw InputError(fmt::format("--save: '{}' must end in .yaml, by which `preset:` knows a file",
                                 arguments.save));
  }
  const DryRows dry_rows;  // the rows of a run that goes on meanwhile stay as they are
  Tune tune(request, arguments.dry_run ? dry_rows.path() : rows);
  fmt::print(stderr, "{} texts to search on, {} held out\n", tune.texts().searched,
             tune.texts().held);
  fmt::print(stderr, "{}", describe_presets(tune.search()));
  if (arguments.dry_run) {
    fmt::print("{}{}", describe_plan(tune.search()), describe_searches(tune.search()));
    return exit_code::kDone;
  }
  fmt::print(stderr, "{}", busy_machine_hint(tune.search()));
  RunOptions options;
  options.database = arguments.database;
  options.command = arguments.command;
  options.retime = true;  // another choice than an earlier call's is timed beside the baseline too
  const ExperimentOutcome found = run_experiment(tune.search(), options);
  print_searches(found.searches);
  const std::optional<Json> params = tune.chosen(found);
  if (found.run.signal == 0 && params) return finish(tune, arguments, options, *params);
  const int code = print_outcome(found.run, options.database);
  if (found.run.signal != 0) return code;
  fmt::print(stderr,
             "nothing was saved, for the reason above; where no setting keeps to the loss, --loss "
             "allows more\n");
  return exit_code::kSomeFailed;
}

}  // namespace

void add_tune_command(CLI::App& app, Action& action, const std::vector<std::string>& command_line) {
  CLI::App* command = app.add_subcommand(
      "tune", "Find the setting that saves most on your texts at a loss that you allow");
  auto arguments = std::make_shared<TuneArguments>();
  arguments->command = joined_words(command_line);
  TuneRequest& request = arguments->request;
  request.texts.count = 40;
  add_method_options(*command, request.model, request.method, arguments->params);
  command
      ->add_option("--texts", request.texts.texts,
                   "Your texts: a .txt file, cut into pieces; a .jsonl file ({\"text\": ...} or "
                   "{\"tokens\": [...]} a line), whose ends are the answers; a .yaml file with one "
                   "entry of `tasks:`, or a task, with answers of their own")
      ->required();
  command
      ->add_option("--loss", request.loss,
                   "Rise of the answers' loss over full attention, nats a token, at most")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--over", request.over,
                      "The parameter that is scaled; default the method's first budget");
  command->add_option("--count", request.texts.count, "Texts at most; one half is held out")
      ->check(whole_number(1))
      ->capture_default_str();
  command->add_option("--tokens", request.texts.tokens, "Tokens of a text at most")
      ->check(whole_number(16))
      ->capture_default_str();
  command
      ->add_option("--answer-tokens", request.answer_tokens,
                   "So many last tokens of a text, a quarter at most, are the answer")
      ->check(whole_number(1))
      ->capture_default_str();
  command->add_option("--steps", request.steps, "Settings to try at most")
      ->check(whole_number(3))
      ->capture_default_str();
  command->add_option("--seed", request.seed, "Of the halves")->capture_default_str();
  command->add_option("--db", arguments->database,
                      "The database, which a further call continues; default "
                      "results/tune-<method>-<model>.db");
  command->add_option("--save", arguments->save,
                      "The preset, a .yaml file; default beside the database");
  command->add_flag("--dry-run", arguments->dry_run,
                    "Check everything and estimate the time; run nothing");
  command->footer(
      "Example: skipbench tune --checkpoint smollm2-135m --method sliminfer --texts notes.txt\n"
      "The setting is searched on one half of the texts and judged on the other.");
  command->callback([arguments, &action] { action = [arguments] { return tune(*arguments); }; });
}

}  // namespace skipbench
