#pragma once

#include <filesystem>
#include <string>

#include "harness/experiment/experiment.h"
#include "harness/yaml/yaml_tree.h"

namespace skipbench {

/// Reads one entry of `tasks:`, its parameters beside its name. A relative `file:` is looked for
/// with find_input_file().
TaskSpec read_task(const YamlNode& node, const std::filesystem::path& folder, Problems& problems);

/// Where a relative file is: beside the experiment in `folder`, else in the working directory.
/// Throws InputError that names both when it is in neither.
std::string find_input_file(const std::string& given, const std::filesystem::path& folder);

}  // namespace skipbench
