#include "harness/cli/run_outcome.h"
#include "harness/base/duration.h"

#include <fmt/format.h>
#include <signal.h>

#include "harness/base/shell.h"
#include "harness/cli/command.h"

namespace skipbench {

int print_outcome(const RunOutcome& outcome, const std::filesystem::path& database) {
  fmt::print("{} of {} rows are in {} ({} measured in {}, {} were there)\n",
             outcome.measured + outcome.reused, outcome.rows, database.string(), outcome.measured,
             duration_text(outcome.seconds), outcome.reused);
  if (outcome.measured > 0) {
    fmt::print("time outside the model: {:.2f} ms a row\n",
               outcome.harness_ms / static_cast<double>(outcome.measured));
  }
  if (outcome.profiles > 0) {
    fmt::print("{} profiles were added: skipbench report {} --profile\n", outcome.profiles,
               database.string());
  }
  if (outcome.out_of_memory > 0) {
    fmt::print("{} samples ran out of memory and are stored as oom\n", outcome.out_of_memory);
  }
  for (const std::string& failure : outcome.failures) {
    fmt::print(stderr, "failed: {}\n", failure);
  }
  if (!outcome.failures.empty() && outcome.signal == 0) {
    fmt::print(stderr, "--retry-failed measures failed samples again\n");
  }
  if (outcome.signal != 0) {
    fmt::print(stderr,
               "interrupted; the same command continues with the sample at hand, whose unfinished "
               "measurements are not kept\n");
    return outcome.signal == SIGTERM ? exit_code::kTerminated : exit_code::kInterrupted;
  }
  fmt::print("next: skipbench report {}\n", database.string());
  return outcome.failures.empty() ? exit_code::kDone : exit_code::kSomeFailed;
}

void print_searches(const std::vector<SearchRecord>& searches) {
  for (const SearchRecord& search : searches) {
    for (const std::string& sentence : sentences(search)) fmt::print("{}\n", sentence);
    fmt::print("{}", steps_table(search));
  }
}

std::string joined_words(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + shell_quoted(word);
  return line;
}

}  // namespace skipbench
