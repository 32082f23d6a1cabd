#pragma once

#include <fmt/format.h>

#include <string>

#include "harness/store/row_columns.h"
#include "harness/store/schema.h"
#include "harness/store/views_sql.h"
#include "harness/summary/summary.h"

namespace skipbench {

/// SQL that takes away the columns that versions from `first` to `last` added to rows and
/// summaries.
inline std::string drop_columns(int first, int last) {
  std::string drop;
  const auto add = [&](std::string_view table, std::string_view column, int since) {
    if (since < first || since > last) return;
    drop += fmt::format("ALTER TABLE {} DROP COLUMN {};", table, column);
  };
  for (const RowColumn& column : kRowColumns) {
    add(column.table == RowTable::kSample ? "sample_row" : "timing_row", column.name, column.since);
  }
  CellSummary summary;
  visit_columns(summary,
                [&](const char* column, auto&, int since) { add("cell_summary", column, since); });
  return drop;
}

/// SQL that takes away what later schema versions added to version 8.
inline std::string undo_to_version8() {
  std::string undo = kDropViews;
  undo += drop_columns(9, kSchemaVersion);
  return undo + "PRAGMA user_version = 8;";
}

}  // namespace skipbench
