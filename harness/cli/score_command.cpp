#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "harness/cli/command.h"
#include "harness/tasks/longbench/expected_counts.h"
#include "harness/tasks/longbench/folder_score.h"
#include "harness/tasks/longbench/print_scores.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

struct ScoreArguments {
  std::string folder, benchmark = "longbench", format = "text", per_sample, code_sim = "difflib",
                      config;
};

LongBenchEdition edition_of(const ScoreArguments& arguments) {
  return arguments.benchmark == edition_name(LongBenchEdition::kE) ? LongBenchEdition::kE
                                                                   : LongBenchEdition::kV1;
}

int score(const ScoreArguments& arguments) {
  const LongBenchEdition edition = edition_of(arguments);
  const CodeRatio ratio =
      arguments.code_sim == "levenshtein" ? CodeRatio::kLevenshtein : CodeRatio::kDifflib;
  const std::filesystem::path counts =
      std::filesystem::path(arguments.config) / kExpectedCountsFile;
  if (!arguments.config.empty() && !std::filesystem::exists(counts)) {
    throw InputError(fmt::format("--config {}: holds no {}, which says how many rows there are",
                                 arguments.config, kExpectedCountsFile));
  }
  const std::string& beside = arguments.config.empty() ? arguments.folder : arguments.config;
  const LongBenchScore scored =
      score_folder(arguments.folder, edition, ratio, expected_counts_beside(edition, beside));
  if (!arguments.per_sample.empty()) write_per_sample(scored, arguments.per_sample);
  fmt::print("{}", arguments.format == "json" ? scores_as_json(scored).dump(2) + '\n'
                                              : scores_as_text(scored));
  return scored.incomplete() ? exit_code::kSomeFailed : exit_code::kDone;
}

}  // namespace

void add_score_command(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("score", "Score LongBench predictions that any system wrote");
  auto arguments = std::make_shared<ScoreArguments>();
  command
      ->add_option("folder", arguments->folder,
                   "Files <task>.jsonl of rows with pred, answers, all_classes and length")
      ->required();
  command->add_option("--benchmark", arguments->benchmark, "longbench, or longbench-e by length")
      ->check(CLI::IsMember({"longbench", "longbench-e"}))
      ->capture_default_str();
  command->add_option("--format", arguments->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  command->add_option("--per-sample", arguments->per_sample,
                      "Also write every row's score to <task>.json in this folder");
  command
      ->add_option("--code-sim", arguments->code_sim,
                   "Similarity of code: difflib, the benchmark's own, or levenshtein, which "
                   "fuzzywuzzy takes where python-Levenshtein is installed")
      ->check(CLI::IsMember({"difflib", "levenshtein"}))
      ->capture_default_str();
  command->add_option("--config", arguments->config,
                      "A folder whose expected_counts.json says how many rows a partial set has "
                      "(otherwise looked for beside the predictions)");
  command->footer(
      "Example: skipbench score predictions --format json\n"
      "Exit code 1: scored, but rows are missing or there twice.");
  command->callback([arguments, &action] { action = [arguments] { return score(*arguments); }; });
}

}  // namespace skipbench
