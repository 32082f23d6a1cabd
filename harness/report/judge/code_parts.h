#pragma once

#include <string_view>

namespace skipbench {

/// What measured a cell, method, task and reader of its checkpoint: the parts of a code version
/// "<core>-<method>-<task>-<reader>" (sources/row_code.h). Empty where it has none: rows of earlier
/// programs have the first two, whose core held the others.
struct CodeParts {
  std::string_view core, method, task, reader;
};
CodeParts code_parts(std::string_view code_version);

/// What two cells share, and one program therefore measures by the same sources.
struct SharedSources {
  bool method = false, task = false;
};

/// What of it was another in the two.
struct SourceDifference {
  std::string_view part;  // "core", "method", "task", "reader"; empty when nothing differs
  std::string_view first, second;
};
SourceDifference difference_of_sources(std::string_view first, std::string_view second,
                                       SharedSources shared);

}  // namespace skipbench
