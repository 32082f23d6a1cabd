#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "harness/cli/command.h"
#include "harness/cli/terminal_width.h"
#include "harness/report/compare/comparison.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

struct CompareArguments {
  std::vector<std::string> words;  // DB [DB2] METHOD_A METHOD_B
  std::string format = "text";
  ComparisonRequest request;
};

std::vector<Comparison> compare_databases(const CompareArguments& arguments) {
  ComparisonRequest request = arguments.request;
  request.first = arguments.words[arguments.words.size() - 2];
  request.second = arguments.words.back();
  const StoreReader first(arguments.words.front());
  if (arguments.words.size() == 3) return compare_methods(first, first, request);
  if (!std::filesystem::exists(arguments.words[1])) {
    throw InputError(
        fmt::format("database {}: there is no such file; four words are two databases and two "
                    "methods, and tasks are compared all at once",
                    arguments.words[1]));
  }
  return compare_methods(first, StoreReader(arguments.words[1]), request);
}

// The one positional argument says itself how many words it takes; CLI11 would add "(3x)".
class PlainUsage : public CLI::Formatter {
 public:
  std::string make_option_usage(const CLI::Option* option) const override {
    return option->get_name(/*positional=*/true);
  }
};

int compare(const CompareArguments& arguments) {
  const std::vector<std::string> formats{"text", "json"};
  if (std::find(formats.begin(), formats.end(), arguments.format) == formats.end()) {
    throw InputError(fmt::format("unknown format '{}'; there are text, json", arguments.format));
  }
  const std::vector<Comparison> comparisons = compare_databases(arguments);
  const std::string text = arguments.format == "json"
                               ? print_comparisons_json(comparisons)
                               : print_comparisons_text(comparisons, terminal_width());
  std::fwrite(text.data(), 1, text.size(), stdout);
  return exit_code::kDone;
}

}  // namespace

void add_compare_command(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("compare", "Compare two methods on the samples that both have");
  command->formatter(std::make_shared<PlainUsage>());
  auto arguments = std::make_shared<CompareArguments>();
  command
      ->add_option("DB [DB2] METHOD_A METHOD_B", arguments->words,
                   "The database, or one for each method; then what to compare with (one label), "
                   "and what to compare: a label, a method's name or a glob over labels")
      ->required()
      ->expected(3, 4);
  command->add_option("--format", arguments->format, "text or json")->capture_default_str();
  command->add_option("--experiment", arguments->request.experiment,
                      "Only this experiment of the database");
  command->add_flag("--allow-mixed", arguments->request.allow_mixed,
                    "Also where model file, data, protocol or dtype differ");
  command->footer(
      "Differences are METHOD_B - METHOD_A, time ratios METHOD_A / METHOD_B. A setting that a\n"
      "search tried is a label like any other, 'SPTS budgets x 0.62' as the report shows it.\n"
      "Example: skipbench compare results/quickstart.db full 'SPTS*'");
  command->callback([arguments, &action] { action = [arguments] { return compare(*arguments); }; });
}

}  // namespace skipbench
