#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace skipbench {

/// A column that a version of the schema gave a table.
struct ColumnDefinition {
  std::string_view table, name;
  std::string type;
  int since;
};

/// The type in SQL of a column of such values (the pointer is not followed): NOT NULL unless they
/// are optional. Rows of earlier versions have NULL, or else 0 or ''.
template <class Value>
std::string column_type(const Value*, int since) {
  if constexpr (!std::is_arithmetic_v<Value>) {
    return since > 1 ? "TEXT NOT NULL DEFAULT ''" : "TEXT NOT NULL";
  }
  const std::string type = std::is_floating_point_v<Value> ? "REAL NOT NULL" : "INTEGER NOT NULL";
  return since > 1 ? type + " DEFAULT 0" : type;
}
template <class Value>
std::string column_type(const std::optional<Value>*, int) {
  return std::is_floating_point_v<Value> ? "REAL" : std::is_integral_v<Value> ? "INTEGER" : "TEXT";
}

}  // namespace skipbench
