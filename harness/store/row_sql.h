#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/store/column_definition.h"
#include "harness/store/row_columns.h"

namespace skipbench {

class Statement;

/// The columns of table sample_row (s in queries) or timing_row (t): "s.status, s.error, ...".
/// `prefix` stands before each name.
std::string column_names(RowTable table, std::string_view prefix = "");
/// Inserts those of `row` into such a table after the columns `keys`, of which parameters 1 to
/// `bound` are bound already.
std::string insert_sql(std::string_view keys, RowTable table);
void bind_columns(Statement& statement, int bound, RowTable table, const RowColumns& row);

/// The columns that an Observation has, of s and t, and what reads them from column `first` on.
std::string observed_columns();
void read_columns(const Statement& query, int first, RowColumns& row);

/// The columns of both tables, each with its meaning in a comment.
std::vector<ColumnDefinition> row_definitions();

/// What view `samples` shows of s and t: the columns of version 1, or all later ones.
std::string view_columns(bool later);

}  // namespace skipbench
