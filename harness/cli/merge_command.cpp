#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <vector>

#include "harness/cli/command.h"
#include "harness/store/merge.h"

namespace skipbench {
namespace {

struct MergeArguments {
  std::filesystem::path out;
  std::vector<std::filesystem::path> shards;
};

int merge(const MergeArguments& arguments) {
  const MergeCounts counts = merge_databases(arguments.out, arguments.shards);
  fmt::print("{}: {} rows of {} databases; {} rows were in several of them\n",
             arguments.out.string(), counts.rows, counts.databases, counts.duplicates);
  return exit_code::kDone;
}

}  // namespace

void add_merge_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("merge", "Merge databases of one sweep into one");
  auto arguments = std::make_shared<MergeArguments>();
  command
      ->add_option("out", arguments->out,
                   "The result; when it exists, its rows are kept beside the others")
      ->required();
  command->add_option("databases", arguments->shards, "The databases, in any order")->required();
  command->footer("Example: skipbench merge results/all.db results/shard-0.db results/shard-1.db");
  command->callback([arguments, &action] { action = [arguments] { return merge(*arguments); }; });
}

}  // namespace skipbench
