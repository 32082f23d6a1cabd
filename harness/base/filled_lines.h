#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace skipbench {

/// A line of a file that is not blank, without its line break.
struct FileLine {
  std::string_view text;
  size_t number;  // from 1
};

/// The lines of a text that hold more than spaces and tabs. They point into `text`.
std::vector<FileLine> filled_lines(std::string_view text);

}  // namespace skipbench
