#include "harness/report/tables/document.h"

#include <algorithm>

namespace skipbench {
namespace {

bool is_constant(const Table& table, size_t column) {
  return std::all_of(table.rows.begin(), table.rows.end(), [&](const TableRow& row) {
    return row.cells[column] == table.rows.front().cells[column];
  });
}

void remove_column(Table& table, size_t column) {
  const auto offset = static_cast<std::ptrdiff_t>(column);
  table.columns.erase(table.columns.begin() + offset);
  for (TableRow& row : table.rows) row.cells.erase(row.cells.begin() + offset);
}

}  // namespace

void collapse_constant_columns(Table& table) {
  if (table.rows.size() < 2) return;
  std::string collapsed;
  for (size_t i = table.columns.size(); i-- > 1;) {
    const TableColumn& column = table.columns[i];
    if (!column.collapsible || !is_constant(table, i)) continue;
    const std::string name =
        column.group.empty() ? column.heading : column.group + " " + column.heading;
    collapsed =
        name + " " + table.rows.front().cells[i] + (collapsed.empty() ? "" : ", " + collapsed);
    remove_column(table, i);
  }
  if (!collapsed.empty()) table.caption.push_back("In every row: " + collapsed + ".");
}

std::vector<std::pair<std::string, std::string>> legend_of(const Document& document) {
  std::vector<std::pair<std::string, std::string>> legend;
  for (const Section& section : document.sections) {
    for (const Table& table : section.tables) {
      for (const TableColumn& column : table.columns) {
        if (column.hint.empty()) continue;
        const auto known = std::find_if(legend.begin(), legend.end(), [&column](const auto& entry) {
          return entry.first == column.heading && entry.second == column.hint;
        });
        if (known == legend.end()) legend.emplace_back(column.heading, column.hint);
      }
    }
  }
  return legend;
}

}  // namespace skipbench
