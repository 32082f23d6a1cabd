#include "harness/summary/group_ranks.h"

#include <algorithm>

#include "harness/summary/accuracy_rows.h"

namespace skipbench {
namespace {

/// A cell of the group with its figures and samples.
struct Ranked {
  const StoredCell* cell;
  CellSummary* summary;
  std::vector<SampleAccuracy> samples;
};

std::vector<Ranked> ranked_cells(Database& database, const CellGroup& group,
                                 std::vector<ComputedSummary>& summaries) {
  std::vector<Ranked> cells;
  for (ComputedSummary& computed : summaries) {
    const auto cell = std::find_if(group.begin(), group.end(), [&](const StoredCell& stored) {
      return stored.id == computed.cell_id;
    });
    if (!cell->in_plan || computed.summary.n == 0 || computed.summary.random_weights) continue;
    cells.push_back({&*cell, &computed.summary, load_accuracies(database, *cell)});
  }
  return cells;
}

/// Whether a report would show the cell's figures.
bool counts(const Ranked& ranked, int64_t most_samples) {
  const CellSummary& s = *ranked.summary;
  const bool reference = ranked.cell->plan.is_baseline || ranked.cell->plan.method == "full";
  return s.n == most_samples && s.rows_invalid == 0 && (reference || s.active.value_or(0) > 0);
}

/// A column: what it shows of a cell and of a sample (larger is better), and where its rank goes.
struct Column {
  std::function<std::optional<double>(const CellSummary&)> merit;
  AccuracyFigure figure;
  std::function<BestComparison&(CellSummary&)> rank;
};

void rank_column(std::vector<Ranked>& cells, int64_t most_samples, const Column& column) {
  const Ranked* best = nullptr;
  for (const Ranked& cell : cells) {
    const auto merit = column.merit(*cell.summary);
    if (!merit || !counts(cell, most_samples)) continue;
    if (!best || *merit > *column.merit(*best->summary)) best = &cell;
  }
  if (!best) return;
  for (Ranked& cell : cells) {
    if (!column.merit(*cell.summary)) continue;
    BestComparison& rank = column.rank(*cell.summary);
    rank.label = best->cell->plan.label;
    if (&cell != best) rank.p = accuracy_p_value(cell.samples, best->samples, column.figure);
  }
}

}  // namespace

void add_ranks(Database& database, const CellGroup& group,
               std::vector<ComputedSummary>& summaries) {
  std::vector<Ranked> cells = ranked_cells(database, group, summaries);
  if (cells.size() < 2) return;
  int64_t most_samples = 0;
  for (const Ranked& cell : cells) most_samples = std::max(most_samples, cell.summary->n);
  for (size_t i = 0; i < cells.front().summary->metrics.size(); ++i) {
    rank_column(cells, most_samples,
                {[i, metric = cells.front().summary->metrics[i].metric](const CellSummary& s) {
                   return score_of(s, metric, i);
                 },
                 [i](const SampleAccuracy& sample) { return sample.scores[i]; },
                 [i](CellSummary& s) -> BestComparison& { return s.metrics[i].best; }});
  }
  rank_column(cells, most_samples,
              {[](const CellSummary& s) -> std::optional<double> {
                 if (!s.answer_nll_mean) return std::nullopt;
                 return -*s.answer_nll_mean;
               },
               [](const SampleAccuracy& sample) { return sample.answer_nll; },
               [](CellSummary& s) -> BestComparison& { return s.answer_nll_best; }});
}

std::optional<double> score_of(const CellSummary& summary, const std::string& metric,
                               size_t place) {
  const bool has_metric = place < summary.metrics.size() && summary.metrics[place].metric == metric;
  return has_metric ? summary.metrics[place].score : std::nullopt;
}

}  // namespace skipbench
