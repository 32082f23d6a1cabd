#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace skipbench {

/// What to add to a parser's complaint: the flag that was probably meant for each unknown one, or
/// the command's example where an argument is missing. "" when there is nothing to say.
std::string parse_hint(const CLI::App& app, const CLI::ParseError& error,
                       const std::vector<std::string>& words);

}  // namespace skipbench
