#include "harness/report/page/evidence_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "harness/report/judge/fields.h"
#include "harness/report/tables/cell_grid.h"
#include "harness/statistics/holm.h"
#include "harness/statistics/paired_difference.h"

namespace skipbench {
namespace {

/// The fields of one kind of accuracy, by their ids in csv and json.
struct Columns {
  std::string_view value, error, delta, low, high, delta_p, rank;
};

constexpr Columns kScore{"score",           "score_stderr",     "score_delta",
                         "score_delta_low", "score_delta_high", "score_delta_p",
                         "score_rank"};
constexpr Columns kLoss{"answer_nll_mean",      "answer_nll_stderr",     "answer_nll_delta",
                        "answer_nll_delta_low", "answer_nll_delta_high", "answer_nll_delta_p",
                        "answer_nll_rank"};

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

std::string mean_text(const JudgedCell& cell, const Columns& c) {
  const Figure error = figure_of(cell, c.error);
  const bool is_known = !std::holds_alternative<std::monostate>(error.value);
  return text(cell, c.value) + (is_known ? " ± " + format_value(error.value, error.unit) : "");
}

std::string delta_text(const JudgedCell& cell, const Columns& c) {
  const Figure delta = figure_of(cell, c.delta);
  return format_interval(delta.value, figure_of(cell, c.low).value, figure_of(cell, c.high).value,
                         delta.unit);
}

constexpr const char* kAlone = "alone only ◌";

std::string p_text(const std::optional<double>& p) {
  return format_value(p ? FieldValue(*p) : FieldValue(), Unit::kProbability);
}

/// A p-value before and after the correction.
struct Tested {
  std::optional<double> p, corrected;

  std::string verdict(bool too_few) const {
    if (!p || !corrected) return "–";
    if (*corrected < kSignificance) return "real";
    if (*p < kSignificance) return kAlone;
    return too_few ? std::string(kTooFew) : "not shown";
  }
};

/// The tests against the baseline of a task's labels, corrected for their number as the places are.
std::map<std::string, Tested> tests_of(const CellGrid& grid, const std::string& task,
                                       const Columns& c) {
  std::map<std::string, Tested> tests;
  std::vector<double*> p_values;
  for (const std::string& label : grid.labels) {
    const JudgedCell* cell = grid.find(label, task);
    const FieldValue p = cell ? figure_of(*cell, c.delta_p).value : FieldValue();
    if (const auto* number = std::get_if<double>(&p)) {
      Tested& tested = tests[label] = {*number, *number};
      p_values.push_back(&*tested.corrected);
    }
  }
  holm_adjust(p_values);
  return tests;
}

/// "best", "worse" or what the test cannot tell, or could not of so few samples; nothing for what
/// is not ranked.
std::string place_text(const Standing& standing) {
  if (standing.too_few) return std::string(kTooFew);
  if (standing.place == Place::kBest) return "best ●";
  if (standing.differs_alone()) return std::string("worse, ") + kAlone;
  if (standing.place == Place::kTied) return "not distinguishable ○";
  return standing.p ? "worse" : "–";
}

Standing standing_of(const JudgedCell& cell, const Columns& c) {
  if (!cell.shows_figures()) return {};
  if (c.value == kLoss.value) return cell.loss_standing;
  return cell.metric_standings.empty() ? Standing() : cell.metric_standings.front();
}

TableRow row_of(const JudgedCell& cell, const std::string& section, const Columns& c,
                const Tested& tested) {
  const Standing standing = standing_of(cell, c);
  // What is not ranked has no pairs with the best: its own samples bound those with the baseline.
  const bool too_few =
      standing.is_ranked() ? standing.too_few : too_few_to_tell(cell.record.summary.n);
  return {section,
          {cell.record.plan.label, mean_text(cell, c), delta_text(cell, c), tested.verdict(too_few),
           p_text(tested.p), p_text(tested.corrected), place_text(standing),
           p_text(standing.p_alone), p_text(standing.p), fmt::format("{}", cell.record.summary.n)}};
}

Table make_table(const CellGrid& grid, const char* title, const Columns& columns) {
  const JudgedCell& any = *grid.cells.begin()->second;
  const auto hint = [&any](std::string_view id) { return figure_of(any, id).hint; };
  constexpr const char* kOverMethods = "p (Holm over methods)";
  constexpr const char* kCorrected =
      "corrected for the number of methods on this task, of the same draw as p";
  Table table{title, {std::string(kIntervalAndP)}, {}, {}};
  // What matters most comes first: a phone shows three columns, and the others by a push.
  table.columns = {
      {"", "method", "", false},
      {"", "mean ± SE",
       "mean and its standard error over samples, of 6 or more that are not all equal", false},
      {"to the baseline", "difference", fmt::format("{} [{}]", hint(columns.delta), kShownInterval),
       false},
      {"to the baseline", "real?",
       "real: p below .05 once corrected over the task's methods; alone only ◌: below "
       ".05 before that "
       "and not after; too few samples: no test of them has p below .05",
       false},
      {"to the baseline", "p", hint(columns.delta_p), false},
      {"to the baseline", kOverMethods, kCorrected, false},
      {"to the best", "place", hint(columns.rank), false},
      {"to the best", "p", "of no difference to the best", false},
      {"to the best", kOverMethods, kCorrected, false},
      {"", "samples", "", false}};
  for (const std::string& task : grid.tasks) {
    std::map<std::string, Tested> tests = tests_of(grid, task, columns);
    for (const std::string& label : grid.labels) {
      const JudgedCell* cell = grid.find(label, task);
      const bool known = cell != nullptr && !std::holds_alternative<std::monostate>(
                                                figure_of(*cell, columns.value).value);
      if (known) table.rows.push_back(row_of(*cell, task, columns, tests[label]));
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
