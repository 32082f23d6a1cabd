#pragma once

#include <cstdint>
#include <optional>

#include "harness/store/column_definition.h"
#include "harness/summary/summary.h"

namespace skipbench {

class Database;

/// Stores a cell's figures in cell_summary and score_summary, replacing older ones.
void write_summary(Database& database, int64_t cell_id, const CellSummary& summary);

/// The stored figures, metrics in the order of `metrics`; empty when there are none or rows have
/// arrived since.
std::optional<CellSummary> read_summary(Database& database, int64_t cell_id,
                                        const std::vector<std::string>& metrics);

bool has_summary(Database& database, int64_t cell_id);

/// The columns of cell_summary after cell_id.
std::vector<ColumnDefinition> summary_definitions();

}  // namespace skipbench
