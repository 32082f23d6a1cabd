#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>

#include "harness/base/folders.h"
#include "harness/cli/command.h"
#include "harness/cli/output_file.h"
#include "harness/cli/terminal_width.h"
#include "harness/report/figures/write_figures.h"
#include "harness/report/report.h"
#include "kernels/base/error.h"
#ifdef SKIPBENCH_ENGINE
#include "methods/interface/registry.h"
#endif

namespace skipbench {
namespace {

struct ReportArguments {
  std::vector<std::string> databases;
  std::string out, figures;
  ReportOptions options;
};

std::string only_database(const ReportArguments& arguments) {
  if (arguments.databases.size() == 1) return arguments.databases.front();
  throw InputError(
      "only --claims reads several databases; 'skipbench merge' makes one of those of one sweep");
}

/// Where --figures alone is asked for, there is no report beside it.
void draw(const ReportArguments& arguments) {
  if (!arguments.options.table.empty()) {
    throw InputError("--figures draws the whole experiment; leave --table out");
  }
  for (const auto& file :
       write_figures(only_database(arguments), arguments.options, arguments.figures)) {
    fmt::print("{}\n", file.string());
  }
}

/// What the page says of methods; a build without the engine knows none.
std::vector<MethodIntro> method_intros() {
  std::vector<MethodIntro> intros;
#ifdef SKIPBENCH_ENGINE
  for (const MethodEntry& method : all_methods()) {
    intros.push_back({method.name, method.summary, method.paper});
  }
#endif
  return intros;
}

int report(const ReportArguments& arguments) {
  if (!arguments.figures.empty()) {
    draw(arguments);
    if (arguments.out.empty()) return exit_code::kDone;
  }
  ReportOptions options = arguments.options;
  if (!options.table.empty()) options.table = shipped_file(options.table);
  options.methods = method_intros();
  options.width = arguments.out.empty() ? terminal_width() : 0;
  const std::vector<std::filesystem::path> databases(arguments.databases.begin(),
                                                     arguments.databases.end());
  const std::string text = options.claims.empty() ? render_report(only_database(arguments), options)
                                                  : render_claims(databases, options);
  write_output(arguments.out, text);
  return exit_code::kDone;
}

}  // namespace

void add_report_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("report", "Show a database's tables");
  auto arguments = std::make_shared<ReportArguments>();
  ReportOptions& options = arguments->options;
  command
      ->add_option("database", arguments->databases,
                   "The database that 'run' wrote; several with --claims")
      ->required();
  command
      ->add_option("--format", options.format,
                   fmt::format("One of {}", fmt::join(report_formats(), ", ")))
      ->capture_default_str();
  CLI::Option* const table = command->add_option(
      "--table", options.table,
      "Only the table that this file describes, as those in experiments/tables/");
  CLI::Option* const claims = command->add_option(
      "--claims", options.claims,
      "Only what the databases say of the claims of papers in this file, as those in "
      "experiments/claims/; 'all': of those");
  command->add_option("--out", arguments->out, "Write to this file instead of the terminal");
  CLI::Option* const figures = command->add_option(
      "--figures", arguments->figures,
      "Draw the figures into this folder, as SVG and PDF (needs gnuplot); the report "
      "itself only with --out");
  command->add_option("--experiment", options.experiment, "Only this experiment of the database");
  command->add_flag("--check", options.check, "Check the database's integrity first");
  command->add_flag("--allow-mixed", options.allow_mixed,
                    "Also show cells of another version (code, machine, data), marked with *");
  CLI::Option* const profile = command->add_flag(
      "--profile", options.profile,
      "Show where the time goes, as 'run --profile' measured it; csv and json: by layer");
  command->add_flag("--provenance", options.provenance,
                    "Show the runs, commits, machines and hashes behind the tables");
  claims->excludes(table)->excludes(figures)->excludes(profile);
  command->footer(
      "Examples:\n"
      "  skipbench report results/quickstart.db --format html --out results/quickstart.html\n"
      "  skipbench report results/h100/speed-llama-8b.db --claims all\n"
      "  skipbench report results/quickstart.db --figures results/figures");
  command->callback([arguments, &action] { action = [arguments] { return report(*arguments); }; });
}

}  // namespace skipbench
