#include "harness/report/page/evidence_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/report/cell_grid.h"
#include "harness/report/fields.h"

namespace skipbench {
namespace {

/// The fields of one kind of accuracy, by their ids in csv and json.
struct Columns {
  std::string_view value, error, delta, low, high, delta_p, rank, best_p;
};

constexpr Columns kScore{"score",           "score_stderr",     "score_delta",
                         "score_delta_low", "score_delta_high", "score_delta_p",
                         "score_rank",      "score_best_p"};
constexpr Columns kLoss{"answer_nll_mean",      "answer_nll_stderr",     "answer_nll_delta",
                        "answer_nll_delta_low", "answer_nll_delta_high", "answer_nll_delta_p",
                        "answer_nll_rank",      "answer_nll_best_p"};

/// A field of the cell or of its main metric.
struct Figure {
  FieldValue value;
  Unit unit;
  std::string hint;
};

Figure figure_of(const JudgedCell& cell, std::string_view id) {
  for (const MetricField& field : metric_fields()) {
    if (field.id != id) continue;
    const bool known = cell.shows_figures() && !cell.record.summary.metrics.empty();
    return {known ? field.get(cell, 0) : FieldValue(), field.unit, std::string(field.hint)};
  }
  const CellField& field = cell_field(id);
  return {visible_value(field, cell), field.unit, std::string(field.hint)};
}

std::string text(const JudgedCell& cell, std::string_view id) {
  const Figure figure = figure_of(cell, id);
  return format_value(figure.value, figure.unit);
}

std::string delta_text(const JudgedCell& cell, const Columns& c) {
  const Figure delta = figure_of(cell, c.delta);
  return format_interval(delta.value, figure_of(cell, c.low).value, figure_of(cell, c.high).value,
                         delta.unit);
}

/// "best", "like the best" or "worse"; nothing for what is not ranked.
std::string place_text(const JudgedCell& cell, const Columns& c) {
  const FieldValue rank = figure_of(cell, c.rank).value;
  if (const auto* name = std::get_if<std::string>(&rank)) {
    return *name == place_name(Place::kBest) ? "best ●" : "not distinguishable ○";
  }
  return std::holds_alternative<double>(figure_of(cell, c.best_p).value) ? "worse" : "–";
}

TableRow row_of(const JudgedCell& cell, const std::string& section, const Columns& c) {
  return {section,
          {cell.record.plan.label, fmt::format("{}", cell.record.summary.n),
           text(cell, c.value) + " ± " + text(cell, c.error), delta_text(cell, c),
           text(cell, c.delta_p), place_text(cell, c), text(cell, c.best_p)}};
}

Table make_table(const CellGrid& grid, const char* title, const Columns& columns) {
  const JudgedCell& any = *grid.cells.begin()->second;
  const auto hint = [&any](std::string_view id) { return figure_of(any, id).hint; };
  Table table{title, {}, {}, {}};
  table.columns = {
      {"", "method", "", false},
      {"", "samples", "", false},
      {"", "mean ± standard error", "", false},
      {"to the baseline", "difference", hint(columns.delta) + " [95% interval]", false},
      {"to the baseline", "p", hint(columns.delta_p), false},
      {"to the best", "place", hint(columns.rank), false},
      {"to the best", "corrected p", hint(columns.best_p), false}};
  for (const std::string& task : grid.tasks) {
    for (const std::string& label : grid.labels) {
      const JudgedCell* cell = grid.find(label, task);
      const bool known = cell != nullptr && !std::holds_alternative<std::monostate>(
                                                figure_of(*cell, columns.value).value);
      if (known) table.rows.push_back(row_of(*cell, task, columns));
    }
  }
  return table;
}

}  // namespace

std::vector<Table> evidence_tables(const ModelCells& model) {
  const CellGrid grid =
      make_grid(model, [](const JudgedCell& cell) { return !cell.record.summary.random_weights; });
  std::vector<Table> tables;
  if (grid.tasks.empty()) return tables;
  for (Table table :
       {make_table(grid, "Score", kScore), make_table(grid, "Loss of the right answer", kLoss)}) {
    if (!table.rows.empty()) tables.push_back(std::move(table));
  }
  return tables;
}

}  // namespace skipbench
