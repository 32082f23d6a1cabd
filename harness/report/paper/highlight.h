#pragma once

#include <span>

#include "harness/report/paper/paper_table.h"

namespace skipbench {

/// Ranks one model's rows in each column of scores or losses: the best mean over the column's
/// tasks, and what the paired sign-flip test over all of their samples (tasks of equal weight,
/// Holm-corrected over the column) cannot tell from it. Rows without all tasks, or with
/// fewer samples than the most complete one, are not ranked.
void highlight_rows(const StoreReader& reader, std::span<const PaperColumn> columns,
                    std::span<PaperRow> rows);

}  // namespace skipbench
