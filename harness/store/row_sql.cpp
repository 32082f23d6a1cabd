#include "harness/store/row_sql.h"

#include <fmt/format.h>

#include "harness/store/column_definition.h"
#include "harness/store/database.h"
#include "harness/store/row_status.h"
#include "kernels/base/json.h"

namespace skipbench {
namespace {

std::string type_of(const RowColumn& column) {
  const RowColumns row;
  const std::string type = std::visit(
      [&](auto member) { return column_type(&(row.*member), column.since); }, column.member);
  return column.name != "status" ? type
                                 : type + " CHECK (status IN ('ok', 'oom', 'error', 'invalid'))";
}

template <class Value>
const Value& stored(const Value& value) {
  return value;
}
std::string_view stored(RowStatus status) {
  return row_status_name(status);
}
std::string stored(const std::vector<int32_t>& ids) {
  return Json(ids).dump();
}

template <class Value>
void read_value(const Statement& query, int index, Value& value) {
  query.read(index, value);
}
void read_value(const Statement& query, int index, RowStatus& status) {
  status = parse_row_status(query.text(index));
}
void read_value(const Statement&, int, std::vector<int32_t>&) {}  // bulky

std::string_view table_name(RowTable table) {
  return table == RowTable::kSample ? "sample_row" : "timing_row";
}

std::string name_of(const RowColumn& column) {
  return fmt::format("{}.{}", column.table == RowTable::kSample ? 's' : 't', column.name);
}

std::string shown_column(const RowColumn& column) {
  if (column.shown == Shown::kAlways) return name_of(column);
  return fmt::format("CASE s.status WHEN 'ok' THEN {} END AS {}", name_of(column), column.name);
}

/// `text` of the columns for which `wanted` says so, with commas between.
template <class Wanted, class Text>
std::string list_columns(Wanted&& wanted, Text&& text) {
  std::string list;
  for (const RowColumn& column : kRowColumns) {
    if (wanted(column)) list += (list.empty() ? "" : ", ") + text(column);
  }
  return list;
}

}  // namespace

std::string column_names(RowTable table, std::string_view prefix) {
  return list_columns(
      [&](const RowColumn& column) { return column.table == table; },
      [&](const RowColumn& column) { return fmt::format("{}{}", prefix, column.name); });
}

std::string insert_sql(std::string_view keys, RowTable table) {
  const std::string columns = fmt::format("{}, {}", keys, column_names(table));
  std::string values = "?";
  for (const char c : columns) values += c == ',' ? ",?" : "";
  return fmt::format("INSERT INTO {} ({}) VALUES ({})", table_name(table), columns, values);
}

void bind_columns(Statement& statement, int bound, RowTable table, const RowColumns& row) {
  for (const RowColumn& column : kRowColumns) {
    if (column.table != table) continue;
    std::visit([&](auto member) { statement.bind_one(++bound, stored(row.*member)); },
               column.member);
  }
}

std::string observed_columns() {
  return list_columns([](const RowColumn& column) { return !column.bulky; }, name_of);
}

void read_columns(const Statement& query, int first, RowColumns& row) {
  for (const RowColumn& column : kRowColumns) {
    if (column.bulky) continue;
    std::visit([&](auto member) { read_value(query, first++, row.*member); }, column.member);
  }
}

std::vector<ColumnDefinition> row_definitions() {
  std::vector<ColumnDefinition> definitions;
  for (const RowColumn& column : kRowColumns) {
    definitions.push_back({table_name(column.table), column.name,
                           fmt::format("{} /* {} */", type_of(column), column.meaning),
                           column.since});
  }
  return definitions;
}

std::string view_columns(bool later) {
  return list_columns(
      [&](const RowColumn& c) { return c.shown != Shown::kNever && (c.since > 1) == later; },
      [](const RowColumn& column) {
        // Notebooks may count on the order that the view has had since its first version.
        return shown_column(column) +
               (column.name == "ms_per_token" ? ", s.round, t.position_in_round" : "");
      });
}

}  // namespace skipbench
