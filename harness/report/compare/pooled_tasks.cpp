#include "harness/report/compare/pooled_tasks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "harness/report/compare/compare_cells.h"
#include "harness/report/tables/cell_grid.h"
#include "harness/statistics/holm.h"

namespace skipbench {
namespace {

using Value = std::function<std::optional<double>(const CellSummary&)>;

std::optional<double> main_score(const CellSummary& s) {
  return s.metrics.empty() ? std::nullopt : s.metrics.front().score;
}

std::optional<double> loss(const CellSummary& s) {
  return s.answer_nll_mean;
}

std::optional<double> score_error(const CellSummary& s) {
  return s.metrics.empty() ? std::nullopt : s.metrics.front().score_stderr;
}

std::optional<double> loss_error(const CellSummary& s) {
  return s.answer_nll_stderr;
}

using Cells = std::vector<const JudgedCell*>;

bool has_accuracy(const JudgedCell& cell) {
  const CellSummary& s = cell.record.summary;
  return cell.shows_accuracy() && !s.random_weights && (main_score(s) || loss(s));
}

/// The label's cells with an accuracy, in the order of the tasks.
Cells measured_cells(const CellGrid& grid, const std::string& label) {
  Cells cells;
  for (const std::string& task : grid.tasks) {
    const JudgedCell* cell = grid.find(label, task);
    if (cell && has_accuracy(*cell)) cells.push_back(cell);
  }
  return cells;
}

/// Of those that have one.
std::vector<double> values_of(const Cells& cells, const Value& value) {
  std::vector<double> values;
  for (const JudgedCell* cell : cells) {
    if (const auto of_cell = value(cell->record.summary)) values.push_back(*of_cell);
  }
  return values;
}

size_t count_active(const Cells& cells) {
  return static_cast<size_t>(std::count_if(cells.begin(), cells.end(), [](const JudgedCell* cell) {
    return cell->state != CellState::kInactive;
  }));
}

/// The mean over all cells; empty where one has no value, or the method skipped nothing on any.
std::optional<double> mean_of_all(const Cells& cells, std::optional<double> CellSummary::*figure) {
  if (count_active(cells) == 0) return std::nullopt;
  const std::vector<double> values =
      values_of(cells, [figure](const CellSummary& s) { return s.*figure; });
  return values.size() == cells.size() ? mean(values) : std::nullopt;
}

/// Whether no label has more samples of a task than this one's cell.
bool has_most_samples(const CellGrid& grid, const Cells& cells) {
  return std::all_of(cells.begin(), cells.end(), [&grid](const JudgedCell* cell) {
    return std::none_of(grid.labels.begin(), grid.labels.end(), [&](const std::string& label) {
      const JudgedCell* other = grid.find(label, task_name(cell->record.plan));
      return other && has_accuracy(*other) && other->record.summary.n > cell->record.summary.n;
    });
  });
}

/// The same of ratios: geometric means.
MeanRatio ratio_of_all(const Cells& cells,
                       const std::function<MeanRatio(const CellSummary&)>& ratio) {
  if (count_active(cells) == 0) return {};
  std::vector<MeanRatio> ratios;
  for (const JudgedCell* cell : cells) {
    ratios.push_back(ratio(cell->record.summary));
    if (!ratios.back().mean) return {};
  }
  return mean_ratio_over_tasks(ratios);
}

/// What a comparison calls the kind.
std::string_view figure_name(const PooledKind& kind) {
  return kind.larger_is_better ? "score" : "loss";
}

/// The figure over the tasks, of a single task that task's own; null without one.
const ComparedFigure* find_figure(const Comparison& pair, const PooledKind& kind, size_t tasks) {
  for (const ComparedFigure& figure : pair.over_tasks) {
    if (figure.name == figure_name(kind)) return &figure;
  }
  if (tasks > 1) return nullptr;
  for (const ComparedTask& task : pair.tasks) {
    for (const ComparedFigure& figure : task.figures) {  // the main metric stands first
      if (kind.larger_is_better ? figure.unit == Unit::kPoints : figure.name == figure_name(kind))
        return &figure;
    }
  }
  return nullptr;
}

/// The other label of the pair minus `from`; empty where `from` is neither, or nothing is known.
std::optional<PooledDifference> difference_from(const std::string& from, const Comparison& pair,
                                                const PooledKind& kind, size_t tasks) {
  const ComparedFigure* figure = find_figure(pair, kind, tasks);
  if ((pair.first != from && pair.second != from) || !figure || !figure->difference.mean) return {};
  const PairedDifference& d = figure->difference;
  PooledDifference pooled{.mean = *d.mean,
                          .interval = d.interval,
                          .p = d.p.value,
                          .corrected = d.p.value,
                          .prompts = d.prompts};
  if (pair.first == from) return pooled;
  pooled.mean = -pooled.mean;
  if (pooled.interval) pooled.interval = Interval{-pooled.interval->high, -pooled.interval->low};
  return pooled;
}

/// By label, corrected for the number of those that skipped something: others differ in nothing.
std::map<std::string, PooledDifference> differences_of(const PooledTasks& pooled,
                                                       const PooledKind& kind,
                                                       const PairedLabels& pairs) {
  const std::string& baseline = pooled.baseline;
  std::map<std::string, PooledDifference> differences;
  for (const Comparison& pair : pairs.comparisons) {
    const auto difference = difference_from(baseline, pair, kind, pooled.tasks);
    if (difference) differences[pair.first == baseline ? pair.second : pair.first] = *difference;
  }
  std::vector<double*> p_values;
  for (size_t i = 0; i < pooled.labels.size(); ++i) {
    const auto found = differences.find(pooled.labels[i]);
    if (found == differences.end() || pooled.active_tasks[i] == 0) continue;
    found->second.corrected = found->second.p;
    p_values.push_back(&found->second.corrected);
  }
  holm_adjust(p_values);
  return differences;
}

/// A kind with what a cell has of it.
struct Source {
  PooledKind kind;
  Value value, error;
};

/// Of the mean over the cells, each with samples of its own; empty where one has none, or all
/// samples together are too few.
std::optional<double> error_of_mean(const Cells& cells, const Value& error) {
  double squares = 0;
  int64_t samples = 0;
  for (const JudgedCell* cell : cells) {
    const auto of_cell = error(cell->record.summary);
    if (!of_cell) return std::nullopt;
    squares += *of_cell * *of_cell;
    samples += cell->record.summary.n;
  }
  return shown_error(samples, std::sqrt(squares) / static_cast<double>(cells.size()));
}

/// False where no label has the figure.
bool fill(const CellGrid& grid, const PooledTasks& pooled, const PairedLabels& pairs,
          Source& source) {
  const auto differences = differences_of(pooled, source.kind, pairs);
  bool known = false;
  for (const std::string& label : pooled.labels) {
    const Cells cells = measured_cells(grid, label);
    const std::vector<double> values = values_of(cells, source.value);
    PooledAccuracy& accuracy = source.kind.accuracies.emplace_back();
    accuracy.tasks = values.size();
    accuracy.complete = has_most_samples(grid, cells);
    accuracy.mean = mean(values);
    if (values.size() == cells.size()) accuracy.error = error_of_mean(cells, source.error);
    const auto found = differences.find(label);
    if (found != differences.end()) accuracy.difference = found->second;
    known = known || accuracy.mean;
  }
  return known;
}

/// The means of those that compete, larger ones better.
std::vector<std::optional<double>> merits_of(const PooledTasks& pooled, const PooledKind& kind) {
  std::vector<std::optional<double>> merits(pooled.labels.size());
  for (size_t i = 0; i < merits.size(); ++i) {
    if (!pooled.competes(kind, i)) continue;
    const double mean = *kind.accuracies[i].mean;
    merits[i] = kind.larger_is_better ? mean : -mean;
  }
  return merits;
}

/// One of `pairs` where it is among them.
std::optional<Comparison> compare_pair(const StoreReader& reader, const ModelCells& model,
                                       const PairedLabels& pairs, const std::string& a,
                                       const std::string& b, CellRows& rows) {
  for (const Comparison& pair : pairs.comparisons) {
    if ((pair.first == a && pair.second == b) || (pair.first == b && pair.second == a)) return pair;
  }
  return compare_two(reader, model, a, b, rows);
}

std::string baseline_of(const ModelCells& model) {
  for (const JudgedCell& cell : model.cells) {
    if (cell.record.plan.is_baseline) return cell.record.plan.label;
  }
  return "";
}

}  // namespace

std::optional<PooledTasks> pool_tasks(const ModelCells& model, const PairedLabels& pairs) {
  const CellGrid grid = make_grid(model, has_accuracy);
  if (grid.tasks.empty()) return std::nullopt;
  PooledTasks pooled{.tasks = grid.tasks.size(), .baseline = baseline_of(model)};
  pooled.labels = grid.labels;
  std::erase_if(pooled.labels,
                [&grid](const std::string& label) { return measured_cells(grid, label).empty(); });
  for (const std::string& label : pooled.labels) {
    const Cells cells = measured_cells(grid, label);
    const auto ideal = [](const CellSummary& s) { return MeanRatio{.mean = s.ideal_speedup}; };
    pooled.measured_tasks.push_back(cells.size());
    pooled.active_tasks.push_back(count_active(cells));
    pooled.ideal.push_back(ratio_of_all(cells, ideal).mean);
    pooled.measured.push_back(ratio_of_all(cells, speedup_ttft));
    pooled.marks.push_back(speedup_mark(cells));
    pooled.kv_ratio.push_back(mean_of_all(cells, &CellSummary::kv_ratio));
    pooled.kl.push_back(mean_of_all(cells, &CellSummary::kl_first_token_mean));
  }
  for (Source source :
       {Source{{"score", Unit::kPoints, Unit::kPointsDelta, true, {}}, main_score, score_error},
        Source{{"loss of the right answer", Unit::kNats, Unit::kNatsDelta, false, {}},
               loss,
               loss_error}}) {
    if (fill(grid, pooled, pairs, source)) pooled.kinds.push_back(std::move(source.kind));
  }
  return pooled;
}

void rank_pooled(const StoreReader& reader, const ModelCells& model, const PairedLabels& pairs,
                 PooledTasks& pooled) {
  if (pairs.comparisons.empty()) return;
  CellRows rows;
  for (PooledKind& kind : pooled.kinds) {
    const auto test = [&](size_t i, size_t best) -> std::optional<PairTest> {
      const std::string& label = pooled.labels[best];
      const auto pair = compare_pair(reader, model, pairs, label, pooled.labels[i], rows);
      std::optional<PooledDifference>& to_best = kind.accuracies[i].to_best;
      if (pair) to_best = difference_from(label, *pair, kind, pooled.tasks);
      if (!to_best) return std::nullopt;
      return PairTest{to_best->p, too_few_to_tell(to_best->prompts)};
    };
    const std::vector<Standing> standings = rank(merits_of(pooled, kind), test);
    for (size_t i = 0; i < standings.size(); ++i) {
      PooledAccuracy& accuracy = kind.accuracies[i];
      accuracy.standing = standings[i];
      if (accuracy.to_best) accuracy.to_best->corrected = *standings[i].p;
    }
  }
}

std::string figure_text(const std::optional<double>& value, Unit unit) {
  return format_value(value ? FieldValue(*value) : FieldValue(), unit);
}

std::string measured_text(const PooledTasks& pooled, size_t label) {
  return format_ratio(pooled.measured[label]) + pooled.marks[label];
}

std::string difference_text(const PooledKind& kind, const PooledDifference& difference) {
  const auto bound = [&](double Interval::*end) {
    return difference.interval ? FieldValue((*difference.interval).*end) : FieldValue();
  };
  return format_interval(FieldValue(difference.mean), bound(&Interval::low), bound(&Interval::high),
                         kind.delta);
}

}  // namespace skipbench
