#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "kernels/base/error.h"
#include "kernels/base/json.h"

namespace skipbench {

/// One JSON text of a file. Throws InputError "file:line:column: not JSON: what is wrong; what to
/// do"; `first_line` is the line of the file at which the text begins.
Json parse_json(std::string_view text, const std::string& file, size_t first_line = 1);

/// Where and why a text is not JSON.
struct JsonFault {
  size_t line, column;  // from 1; columns are bytes
  std::string what;     // "unexpected '}'; a value is missing before it"
};

/// Of what the library threw while it parsed `text`.
JsonFault json_fault(std::string_view text, const Json::exception& error);

/// What parse_json() throws, for those who call the library themselves.
InputError not_json(std::string_view text, const Json::exception& error, const std::string& file,
                    size_t first_line = 1);

/// The library's message without its numbers, places and what it read last.
std::string json_reason(const Json::exception& error);

}  // namespace skipbench
