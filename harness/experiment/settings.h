#pragma once

#include <string>
#include <vector>

#include "harness/yaml/yaml_tree.h"

namespace skipbench {

/// Applies "--set key.path=value" overrides to an experiment's tree. Path steps are keys of maps
/// and indices of lists ("methods.1.params.budgets=[0.5]"); the value is YAML. A path that leads
/// nowhere is a problem.
void apply_settings(YamlNode& root, const std::vector<std::string>& settings, Problems& problems);

}  // namespace skipbench
