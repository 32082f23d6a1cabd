#include "harness/report/findings/pooled_tasks.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

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

/// Turned round where the baseline is the second of the pair.
PooledDifference difference_of(const ComparedFigure& figure, bool baseline_is_first) {
  const PairedDifference& d = figure.difference;
  PooledDifference pooled{
      .mean = *d.mean, .interval = d.interval, .p = d.p.value, .prompts = d.prompts};
  if (baseline_is_first) return pooled;
  pooled.mean = -pooled.mean;
  if (pooled.interval) pooled.interval = Interval{-pooled.interval->high, -pooled.interval->low};
  return pooled;
}

/// By label, corrected for the number of those that skipped something: others differ in nothing.
std::map<std::string, PooledDifference> differences_of(const PooledTasks& pooled,
                                                       const char* figure,
                                                       const PairedLabels& pairs) {
  const std::string& baseline = pooled.baseline;
  std::map<std::string, PooledDifference> differences;
  for (const Comparison& pair : pairs.comparisons) {
    if (pair.first != baseline && pair.second != baseline) continue;
    const bool is_first = pair.first == baseline;
    for (const ComparedFigure& compared : pair.over_tasks) {
      if (compared.name != figure || !compared.difference.mean) continue;
      differences[is_first ? pair.second : pair.first] = difference_of(compared, is_first);
    }
  }
  std::vector<double*> p_values;
  for (size_t i = 0; i < pooled.labels.size(); ++i) {
    const auto found = differences.find(pooled.labels[i]);
    if (found == differences.end()) continue;
    found->second.corrected = found->second.p;
    if (pooled.active_tasks[i] > 0) p_values.push_back(&found->second.corrected);
  }
  holm_adjust(p_values);
  return differences;
}

/// A kind with its name in a comparison and what a cell has of it.
struct Source {
  PooledKind kind;
  const char* figure;
  Value value;
};

/// False where no label has the figure.
bool fill(const CellGrid& grid, const PooledTasks& pooled, const PairedLabels& pairs,
          Source& source) {
  const auto differences = differences_of(pooled, source.figure, pairs);
  bool known = false;
  for (const std::string& label : pooled.labels) {
    const Cells cells = measured_cells(grid, label);
    const std::vector<double> values = values_of(cells, source.value);
    PooledAccuracy& accuracy = source.kind.accuracies.emplace_back();
    accuracy.tasks = values.size();
    accuracy.complete = has_most_samples(grid, cells);
    accuracy.mean = mean(values);
    const auto found = differences.find(label);
    if (found != differences.end()) accuracy.difference = found->second;
    known = known || accuracy.mean;
  }
  return known;
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
  if (grid.tasks.size() < 2) return std::nullopt;
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
       {Source{{"score", Unit::kPoints, Unit::kPointsDelta, true, {}}, "score", main_score},
        Source{{"loss of the right answer", Unit::kNats, Unit::kNatsDelta, false, {}},
               "loss",
               loss}}) {
    if (fill(grid, pooled, pairs, source)) pooled.kinds.push_back(std::move(source.kind));
  }
  return pooled;
}

std::string figure_text(const std::optional<double>& value, Unit unit) {
  return format_value(value ? FieldValue(*value) : FieldValue(), unit);
}

std::string measured_text(const PooledTasks& pooled, size_t label) {
  return format_ratio(pooled.measured[label]) + pooled.marks[label];
}

std::string speedup_words(const PooledTasks& pooled, size_t label) {
  const std::string ideal = figure_text(pooled.ideal[label], Unit::kRatio);
  const std::string speed = pooled.measured[label].mean
                                ? fmt::format("speed-up to the first token {}, ideal {}",
                                              measured_text(pooled, label), ideal)
                                : "ideal speed-up " + ideal;
  const size_t active = pooled.active_tasks[label], tasks = pooled.measured_tasks[label];
  return active == tasks ? speed
                         : fmt::format("{}, active on {} of {} tasks", speed, active, tasks);
}

std::string difference_text(const PooledKind& kind, const PooledDifference& difference) {
  const auto bound = [&](double Interval::*end) {
    return difference.interval ? FieldValue((*difference.interval).*end) : FieldValue();
  };
  return format_interval(FieldValue(difference.mean), bound(&Interval::low), bound(&Interval::high),
                         kind.delta);
}

}  // namespace skipbench
