#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>

#include "harness/store/store.h"

namespace skipbench {

class Database;

/// Where a row key lies: its planned cell, and the version of that cell it belongs to.
struct KeyPlace {
  int64_t cell = 0, version = 0;
};

/// Finds and inserts rows by key; remembers the ids of cells and versions. The caller holds the
/// transaction.
class RowWriter {
 public:
  explicit RowWriter(Database& database) : database_(database) {}

  /// Empty when no row with anything but another sample and round was ever stored.
  std::optional<KeyPlace> find(const RowKey& key);

  /// The same, made when it is missing. Throws ContractError for a cell that was not planned.
  KeyPlace find_or_insert(const SampleRow& row);

  /// The id of the stored row; empty when there is none.
  std::optional<int64_t> find_row(const KeyPlace& place, const RowKey& key);

  /// Inserts the row and what belongs to it; false, and nothing is done, when its key is there.
  bool insert(int64_t run_id, const KeyPlace& place, const SampleRow& row);

  /// Forgets the ids, some of which a rolled back transaction may have made.
  void forget();

 private:
  std::optional<int64_t> find_cell(const RowKey& key);
  std::optional<int64_t> find_version(int64_t cell, const RowKey& key);

  using CellName = std::tuple<std::string, std::string, std::string, std::string, std::string>;
  Database& database_;
  std::map<CellName, int64_t> cells_;
  std::map<std::string, int64_t> versions_;
};

}  // namespace skipbench
