#pragma once

#include <vector>

#include "harness/store/samples/cell_rows.h"
#include "harness/summary/accuracy.h"

namespace skipbench {

/// The samples of a cell's current version that ended well, sorted by sample.
std::vector<SampleAccuracy> load_accuracies(Database& database, const StoredCell& cell);

}  // namespace skipbench
