#pragma once

#include <cstdint>
#include <filesystem>

namespace skipbench {

/// How many cells and rows a generated database has.
struct DatabaseSize {
  int tasks = 10, labels = 10, samples = 100;

  int64_t rows() const { return int64_t{tasks} * labels * samples; }
};

/// Writes a finished experiment "demo" with as many rows, whose scores and times vary, faster than
/// a run could: one row a cell is written by the store and multiplied in SQL.
void write_large_database(const std::filesystem::path& file, DatabaseSize size);

}  // namespace skipbench
