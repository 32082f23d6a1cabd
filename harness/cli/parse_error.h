#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace skipbench {

/// A whole number within bounds, both of them included, for CLI::Option::check().
CLI::Validator whole_number(int64_t low, int64_t high = INT64_MAX);

/// What is wrong with the words that the parser refused: first the error, with the flag that was
/// probably meant, then where to read more, or the command's example where something is missing.
std::string parse_error_text(const CLI::App& app, const CLI::ParseError& error,
                             const std::vector<std::string>& words);

}  // namespace skipbench
