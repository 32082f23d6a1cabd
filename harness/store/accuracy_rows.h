#pragma once

#include <vector>

#include "harness/store/accuracy.h"
#include "harness/store/cell_rows.h"

namespace skipbench {

/// The samples of a cell's current version that ended well, sorted by sample.
std::vector<SampleAccuracy> load_accuracies(Database& database, const StoredCell& cell);

}  // namespace skipbench
