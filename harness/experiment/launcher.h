#pragma once

#include "harness/experiment/experiment.h"
#include "harness/yaml/yaml_values.h"

namespace skipbench {

/// `launcher:` of a file: `local`, or `{kind: local, workers: N}`.
LauncherSpec read_launcher(const YamlNode& node, Problems& problems);

}  // namespace skipbench
