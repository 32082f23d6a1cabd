#pragma once

#include "harness/yaml/yaml_values.h"

namespace skipbench {

/// Reports keys of an experiment that stand at its top and belong elsewhere, with the right place,
/// and marks them as read.
void refuse_misplaced_keys(MapReader& experiment, Problems& problems);

}  // namespace skipbench
