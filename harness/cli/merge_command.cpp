#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <system_error>
#include <vector>

#include "harness/cli/command.h"
#include "harness/store/merge/merge.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

struct MergeArguments {
  std::filesystem::path out;
  std::vector<std::filesystem::path> shards;
};

// A file that is named twice would be merged with itself: something else was meant.
void refuse_repeated(const MergeArguments& arguments) {
  std::vector<std::filesystem::path> seen{arguments.out};
  for (const std::filesystem::path& shard : arguments.shards) {
    for (const std::filesystem::path& earlier : seen) {
      std::error_code missing;
      if (!std::filesystem::equivalent(shard, earlier, missing)) continue;
      throw InputError(
          fmt::format("database {}: is named twice; name the result first, then each database once",
                      shard.string()));
    }
    seen.push_back(shard);
  }
}

int merge(const MergeArguments& arguments) {
  refuse_repeated(arguments);
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
