#pragma once

#include <optional>

#include "harness/report/document.h"
#include "harness/report/page/pair_tables.h"

namespace skipbench {

/// What a model's tasks say together, each of equal weight: a method's mean score and loss, their
/// paired differences to the baseline (of `pairs`, corrected for the number of methods), and what
/// its saving promises and gives. Empty with fewer than two tasks, or without accuracies.
std::optional<Table> overall_table(const ModelCells& model, const PairedLabels& pairs);

}  // namespace skipbench
