#pragma once

#include <vector>

#include "harness/experiment/experiment.h"
#include "harness/yaml/yaml_tree.h"

namespace skipbench {

/// The entries of an experiment, sweeps taken apart.
struct MethodEntries {
  std::vector<MethodSpec> methods;   // one a label
  std::vector<SearchSpec> searches;  // those whose setting is looked for
};

/// Reads the list `methods:` of an experiment: names, presets, parameters, sweeps and searches,
/// each checked as far as that is possible without a model.
MethodEntries read_method_entries(const YamlNode& list, Problems& problems);

}  // namespace skipbench
