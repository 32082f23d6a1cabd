#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>

#include "tests/harness/cli/support/program.h"
#include "tests/support/scratch_folder.h"

namespace skipbench {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;

class Completion : public testing::Test {
 protected:
  Finished run(const std::vector<std::string>& arguments) const {
    return run_program(arguments, folder_.path().string());
  }

  // What bash offers behind `line`.
  std::vector<std::string> offers(const std::string& line) const {
    const std::string script = (folder_ / "completion.bash").string();
    static const std::string completion = run({"completion", "bash"}).out;
    std::ofstream(script) << completion;
    std::ofstream(folder_ / "ask.bash")
        << fmt::format("source '{}'\ncd '{}'\nCOMP_LINE='{}'\nCOMP_POINT=${{#COMP_LINE}}\n", script,
                       folder_.path().string(), line)
        << "_skipbench\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n";
    const std::string command = "bash '" + (folder_ / "ask.bash").string() + "' 2>&1";
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> answer(popen(command.c_str(), "r"),
                                                                 pclose);
    std::vector<std::string> words;
    std::array<char, 512> buffer{};
    while (std::fgets(buffer.data(), buffer.size(), answer.get()) != nullptr) {
      words.emplace_back(buffer.data());
      words.back().pop_back();  // the line's end
    }
    return words;
  }

  ScratchFolder folder_;
};

TEST_F(Completion, OffersCommandsFlagsAndNames) {
  EXPECT_THAT(offers("skipbench "), IsSupersetOf({"run", "report", "completion", "--version"}));
  EXPECT_THAT(offers("skipbench rep"), ElementsAre("report"));
  EXPECT_THAT(offers("skipbench run --retr"), ElementsAre("--retry-failed"));
  EXPECT_THAT(offers("skipbench methods spt"), ElementsAre("spts"));
  EXPECT_THAT(offers("skipbench tasks need"), ElementsAre("needle"));
  EXPECT_THAT(offers("skipbench trace --method gem"), ElementsAre("gemfilter"));
  EXPECT_THAT(offers("skipbench trace --prompt-f"), ElementsAre("--prompt-file"));
  EXPECT_THAT(offers("skipbench trace --format h"), ElementsAre("html"));
  EXPECT_THAT(offers("skipbench report x.db --format l"), ElementsAre("latex"));
}

TEST_F(Completion, OffersTheRestOfACheckpointBehindItsColon) {
  EXPECT_THAT(offers("skipbench trace --checkpoint smol"), ElementsAre("smollm2-135m"));
  EXPECT_THAT(offers("skipbench trace --checkpoint qwen2.5-coder-"),
              ElementsAre("qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b"));
  EXPECT_THAT(offers("skipbench trace --checkpoint random:llama-3"), ElementsAre("llama-3.1-8b"));
}

TEST_F(Completion, OffersFilesWhereAFileIsMeant) {
  std::ofstream(folder_ / "mine.yaml") << "experiment: mine\n";
  EXPECT_THAT(offers("skipbench run mi"), ElementsAre("mine.yaml"));
  EXPECT_THAT(offers("skipbench report --table mi"), ElementsAre("mine.yaml"));
}

TEST_F(Completion, KnowsZshAndFish) {
  const std::string zsh = run({"completion", "zsh"}).out;
  EXPECT_THAT(zsh, AllOf(HasSubstr("#compdef skipbench"), HasSubstr("bashcompinit")));
  const std::string fish = run({"completion", "fish"}).out;
  EXPECT_THAT(fish, HasSubstr("complete -c skipbench -n __fish_use_subcommand -f -a run -d "));
  EXPECT_THAT(fish, HasSubstr("'__fish_seen_subcommand_from trace' -l method -r -a 'full spts"));
  const Finished unknown = run({"completion", "tcsh"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("bash,zsh,fish"));
}

TEST_F(Completion, SuggestsFlagsThatAreMisspelt) {
  const Finished misspelt = run({"run", "e.yaml", "--limt", "3"});
  EXPECT_EQ(misspelt.exit_code, 2);
  EXPECT_THAT(misspelt.err, HasSubstr("unknown flag '--limt'; did you mean '--limit'?"));
  EXPECT_THAT(run({"trace", "--checkpiont", "smollm2-135m"}).err,
              HasSubstr("unknown flag '--checkpiont'; did you mean '--checkpoint'?"));
}

TEST_F(Completion, AMissingArgumentShowsTheExample) {
  const Finished bare = run({"run"});
  EXPECT_EQ(bare.exit_code, 2);
  EXPECT_THAT(bare.err, HasSubstr("Example: skipbench run experiments/quickstart.yaml"));
}

TEST_F(Completion, CompareNamesItsWordsOnce) {
  const std::string help = run({"compare", "--help"}).out;
  EXPECT_THAT(help, HasSubstr("DB [DB2] METHOD_A METHOD_B\n"));
  EXPECT_EQ(help.find("x)"), std::string::npos) << help;
}

}  // namespace
}  // namespace skipbench
