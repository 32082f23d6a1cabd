#pragma once

#include "harness/report/judge/report_data.h"

namespace skipbench {

/// Finds in every task the best score of each metric and the lowest loss, and what cannot be told
/// from them: the paired sign-flip test against the best on the samples that both have, Holm-
/// corrected over the column. Ranked are the cells with as many samples as the most complete one,
/// full attention among them; of equal cells the first is the best.
void rank_cells(const StoreReader& reader, ModelCells& model);

}  // namespace skipbench
