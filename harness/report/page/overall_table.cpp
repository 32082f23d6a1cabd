#include "harness/report/page/overall_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

#include "harness/report/cell_grid.h"
#include "harness/store/holm.h"

namespace skipbench {
namespace {

using Value = std::function<std::optional<double>(const CellSummary&)>;

std::optional<double> main_score(const CellSummary& s) {
  return s.metrics.empty() ? std::nullopt : s.metrics.front().score;
}

std::optional<double> loss(const CellSummary& s) {
  return s.answer_nll_mean;
}

/// The mean over the tasks on which the label has the figure, and how many these are.
struct TaskMean {
  std::optional<double> mean;
  size_t tasks = 0;
};

TaskMean mean_over_tasks(const CellGrid& grid, const std::string& label, const Value& value) {
  std::vector<double> values;
  for (const std::string& task : grid.tasks) {
    const JudgedCell* cell = grid.find(label, task);
    if (!cell || !cell->shows_figures()) continue;
    if (const auto of_task = value(cell->record.summary)) values.push_back(*of_task);
  }
  return {mean(values), values.size()};
}

/// A difference to the baseline over tasks, method - baseline.
struct Overall {
  std::optional<double> mean;
  std::optional<Interval> interval;
  double p = 1, corrected = 1;
};

std::map<std::string, Overall> differences_of(const std::string& baseline, const char* figure,
                                              const PairedLabels& pairs) {
  std::map<std::string, Overall> differences;
  for (const Comparison& pair : pairs.comparisons) {
    if (pair.first != baseline && pair.second != baseline) continue;
    const double sign = pair.first == baseline ? 1 : -1;
    for (const ComparedFigure& compared : pair.over_tasks) {
      if (compared.name != figure || !compared.difference.mean) continue;
      const PairedDifference& d = compared.difference;
      Overall& overall = differences[pair.first == baseline ? pair.second : pair.first];
      overall.mean = sign * *d.mean;
      overall.interval = d.shown_interval();
      if (sign < 0 && overall.interval) {
        overall.interval = Interval{-overall.interval->high, -overall.interval->low};
      }
      overall.p = d.p.value;
    }
  }
  std::vector<double> p_values;
  for (const auto& [label, overall] : differences) p_values.push_back(overall.p);
  const std::vector<double> corrected = holm_adjusted(p_values);
  size_t at = 0;
  for (auto& [label, overall] : differences) overall.corrected = corrected[at++];
  return differences;
}

std::string text(const std::optional<double>& value, Unit unit) {
  return format_value(value ? FieldValue(*value) : FieldValue(), unit);
}

/// Difference, p and corrected p of a label.
std::vector<std::string> difference_cells(const std::map<std::string, Overall>& differences,
                                          const std::string& label, Unit unit) {
  const auto found = differences.find(label);
  if (found == differences.end()) return {"–", "–", "–"};
  const Overall& overall = found->second;
  const auto bound = [&](double Interval::*end) {
    return overall.interval ? FieldValue((*overall.interval).*end) : FieldValue();
  };
  return {format_interval(FieldValue(*overall.mean), bound(&Interval::low), bound(&Interval::high),
                          unit),
          text(overall.p, Unit::kProbability), text(overall.corrected, Unit::kProbability)};
}

std::string baseline_of(const ModelCells& model) {
  for (const JudgedCell& cell : model.cells) {
    if (cell.record.plan.is_baseline) return cell.record.plan.label;
  }
  return "";
}

/// One kind of accuracy: its columns and how to fill them.
struct Kind {
  const char* name;    // over its columns
  const char* figure;  // in a comparison
  Unit unit, delta;
  Value value;
};

void add_columns(const Kind& kind, Table& table) {
  table.columns.push_back({kind.name, "mean", "over tasks of equal weight", false});
  table.columns.push_back(
      {kind.name, "difference",
       fmt::format("to the baseline on the same samples, mean over tasks [{}]", kShownInterval),
       false});
  table.columns.push_back({kind.name, "p", "of no difference to the baseline", false});
  table.columns.push_back(
      {kind.name, "corrected p", "for the number of methods (Holm), of the same draw as p", false});
}

}  // namespace

std::optional<Table> overall_table(const ModelCells& model, const PairedLabels& pairs) {
  const CellGrid grid = make_grid(model, [](const JudgedCell& cell) {
    const CellSummary& s = cell.record.summary;
    return cell.shows_figures() && !s.random_weights && (main_score(s) || s.answer_nll_mean);
  });
  if (grid.tasks.size() < 2) return std::nullopt;
  const std::string baseline = baseline_of(model);
  Table table{
      "Mean over tasks",
      {fmt::format("{} tasks of equal weight; each task by its main metric.", grid.tasks.size()),
       std::string(kIntervalAndP)},
      {{"", "method", "", false}, {"", "tasks", "with figures", false}},
      {}};
  std::vector<Kind> kinds;
  for (const Kind& kind :
       {Kind{"score", "score", Unit::kPoints, Unit::kPointsDelta, main_score},
        Kind{"loss of the right answer", "loss", Unit::kNats, Unit::kNatsDelta, loss}}) {
    const bool known =
        std::any_of(grid.labels.begin(), grid.labels.end(), [&](const std::string& label) {
          return mean_over_tasks(grid, label, kind.value).mean.has_value();
        });
    if (!known) continue;
    kinds.push_back(kind);
    add_columns(kind, table);
  }
  table.columns.push_back({"speed-up", "promised", "by the saved FLOPs, mean over tasks", false});
  table.columns.push_back(
      {"speed-up", "measured", "of the time to first token, mean over tasks", false});
  for (const std::string& label : grid.labels) {
    size_t tasks = 0;
    std::vector<std::string> cells;
    for (const Kind& kind : kinds) {
      const TaskMean mean = mean_over_tasks(grid, label, kind.value);
      tasks = std::max(tasks, mean.tasks);
      cells.push_back(text(mean.mean, kind.unit));
      const auto differences = differences_of(baseline, kind.figure, pairs);
      for (std::string& cell : difference_cells(differences, label, kind.delta)) {
        cells.push_back(std::move(cell));
      }
    }
    if (tasks == 0) continue;
    const auto speedup = [&](std::optional<double> CellSummary::*figure) {
      return text(mean_over_tasks(grid, label, [figure](const auto& s) { return s.*figure; }).mean,
                  Unit::kRatio);
    };
    TableRow row{"", {label, fmt::format("{}", tasks)}};
    if (tasks < grid.tasks.size()) row.cells[1] = fmt::format("({}/{})", tasks, grid.tasks.size());
    row.cells.insert(row.cells.end(), cells.begin(), cells.end());
    row.cells.push_back(speedup(&CellSummary::ideal_speedup));
    row.cells.push_back(speedup(&CellSummary::speedup_ttft));
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace skipbench
