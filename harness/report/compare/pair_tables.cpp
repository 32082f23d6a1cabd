#include "harness/report/compare/pair_tables.h"

#include <algorithm>
#include <utility>

#include "harness/report/compare/compare_cells.h"
#include "harness/report/tables/cell_grid.h"

namespace skipbench {
namespace {

using OrderedJson = nlohmann::ordered_json;
using Names = std::vector<std::pair<std::string, std::string>>;

/// Samples of all tasks, of the label that has most.
int64_t samples_of(const CellGrid& grid) {
  int64_t samples = 0;
  for (const std::string& task : grid.tasks) {
    int64_t most = 0;
    for (const std::string& label : grid.labels) {
      if (const JudgedCell* cell = grid.find(label, task)) {
        most = std::max(most, cell->record.summary.n);
      }
    }
    samples += most;
  }
  return samples;
}

bool is_baseline(const CellGrid& grid, const std::string& label) {
  for (const std::string& task : grid.tasks) {
    const JudgedCell* cell = grid.find(label, task);
    if (cell && cell->record.plan.is_baseline) return true;
  }
  return false;
}

/// The pairs that so many samples allow.
Names pairs_of(const CellGrid& grid, int64_t most_samples) {
  Names all, with_baseline;
  for (size_t i = 0; i < grid.labels.size(); ++i) {
    for (size_t j = i + 1; j < grid.labels.size(); ++j) {
      const std::string &first = grid.labels[i], &second = grid.labels[j];
      all.emplace_back(first, second);
      if (is_baseline(grid, first) || is_baseline(grid, second)) {
        with_baseline.emplace_back(first, second);
      }
    }
  }
  const int64_t samples = samples_of(grid);
  for (Names* names : {&all, &with_baseline}) {
    if (static_cast<int64_t>(names->size()) * samples <= most_samples) return std::move(*names);
  }
  return {};
}

/// Columns that bear the labels' names are called "first" and "second" for all pairs.
OrderedJson columns_json(const Table& table, const Comparison& comparison) {
  OrderedJson columns = OrderedJson::array();
  for (const TableColumn& column : table.columns) {
    std::string heading = column.heading;
    if (heading == comparison.first) heading = "first";
    if (heading == comparison.second) heading = "second";
    columns.push_back(
        {{"group", column.group}, {"heading", std::move(heading)}, {"hint", column.hint}});
  }
  return columns;
}

/// [[section, cell, cell, ...], ...]
OrderedJson rows_json(const Table& table) {
  OrderedJson rows = OrderedJson::array();
  for (const TableRow& row : table.rows) {
    OrderedJson cells = OrderedJson::array({row.section});
    for (const std::string& cell : row.cells) cells.push_back(cell);
    rows.push_back(std::move(cells));
  }
  return rows;
}

}  // namespace

PairedLabels compare_pairs(const StoreReader& reader, const ModelCells& model,
                           int64_t most_samples) {
  const CellGrid grid = make_grid(model, [](const JudgedCell&) { return true; });
  const Names names = pairs_of(grid, most_samples);
  PairedLabels pairs;
  CellRows rows;
  for (const auto& [first, second] : names) {
    auto comparison = compare_two(reader, model, first, second, rows);
    if (comparison) pairs.comparisons.push_back(std::move(*comparison));
  }
  return pairs;
}

OrderedJson pairs_json(const PairedLabels& pairs) {
  OrderedJson list = OrderedJson::array(), differences, times, caption = OrderedJson::array();
  for (const Comparison& comparison : pairs.comparisons) {
    const ComparisonTables tables = comparison_tables(comparison);
    if (tables.differences.rows.empty() && tables.times.rows.empty()) continue;
    differences = columns_json(tables.differences, comparison);
    times = columns_json(tables.times, comparison);
    caption = tables.differences.caption;
    list.push_back({{"first", comparison.first},
                    {"second", comparison.second},
                    {"differences", rows_json(tables.differences)},
                    {"times", rows_json(tables.times)},
                    {"notes", tables.notes}});
  }
  return {{"differences", std::move(differences)},
          {"times", std::move(times)},
          {"caption", std::move(caption)},
          {"pairs", std::move(list)}};
}

}  // namespace skipbench
