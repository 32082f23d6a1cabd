#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/run/runner.h"
#include "harness/search/record.h"

namespace skipbench {

/// Prints what was measured, what failed and how to go on. Returns the exit code.
int print_outcome(const RunOutcome& outcome, const std::filesystem::path& database);

/// How each search ended, its settings in the order in which they were tried.
void print_searches(const std::vector<SearchRecord>& searches);

/// The command line for provenance.
std::string joined_words(const std::vector<std::string>& words);

}  // namespace skipbench
