#pragma once

#include <vector>

#include "harness/experiment/experiment.h"
#include "harness/experiment/yaml_tree.h"

namespace skipbench {

/// Reads the list `methods:` of an experiment: names, presets, parameters and sweeps, each checked
/// as far as that is possible without a model. One MethodSpec a label.
std::vector<MethodSpec> read_method_entries(const YamlNode& list, Problems& problems);

}  // namespace skipbench
