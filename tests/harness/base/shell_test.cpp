#include "harness/base/shell.h"

#include <gtest/gtest.h>

namespace skipbench {
namespace {

TEST(Shell, AQuotedWordComesOutOfTheShellAsItWas) {
  for (const std::string word : {"plain-word_1.yaml", "", "two words", "it's", "$HOME `id` \"x\"",
                                 "a\\b*?[", "größer", "~"}) {
    EXPECT_EQ(run_shell("printf %s " + shell_quoted(word)).output, word);
  }
  EXPECT_EQ(shell_quoted("model.device=cpu"), "model.device=cpu");
}

TEST(Shell, TellsHowACommandEnded) {
  EXPECT_EQ(run_shell("exit 3").exit_code, 3);
  EXPECT_EQ(run_shell("no-such-command-at-all 2>/dev/null").exit_code, 127);
}

}  // namespace
}  // namespace skipbench
