#include "harness/report/judge/rank_cells.h"

#include <algorithm>
#include <functional>
#include <map>

#include "harness/statistics/sign_flip_test.h"
#include "harness/summary/group_ranks.h"

namespace skipbench {
namespace {

/// A ranked cell; its samples are read when the stored comparison does not serve.
struct Contender {
  JudgedCell* cell;
  std::optional<std::vector<SampleAccuracy>> samples;

  const std::vector<SampleAccuracy>& read(const StoreReader& reader) {
    if (!samples) samples = reader.accuracies(cell->record.plan);
    return *samples;
  }
};

/// A column: what a cell shows there (larger is better), what a sample contributes, and where the
/// standing goes.
struct Column {
  std::function<std::optional<double>(const CellSummary&)> merit;
  std::function<int64_t(const CellSummary&)> count;  // samples that have it
  AccuracyFigure value;
  std::function<const BestComparison&(const CellSummary&)> stored;
  std::function<Standing&(JudgedCell&)> standing;
  std::function<std::optional<double>&(CellSummary&)> delta_p;  // of no difference to the baseline
};

Column metric_column(const std::string& metric, size_t index) {
  return {
      [metric, index](const CellSummary& s) { return score_of(s, metric, index); },
      [index](const CellSummary& s) { return s.metrics[index].n; },
      [index](const SampleAccuracy& sample) { return sample.scores[index]; },
      [index](const CellSummary& s) -> const BestComparison& { return s.metrics[index].best; },
      [index](JudgedCell& cell) -> Standing& { return cell.metric_standings[index]; },
      [index](CellSummary& s) -> std::optional<double>& { return s.metrics[index].score_delta_p; }};
}

Column loss_column() {
  return {[](const CellSummary& s) -> std::optional<double> {
            if (!s.answer_nll_mean) return std::nullopt;
            return -*s.answer_nll_mean;
          },
          [](const CellSummary& s) { return s.n; },
          [](const SampleAccuracy& sample) { return sample.answer_nll; },
          [](const CellSummary& s) -> const BestComparison& { return s.answer_nll_best; },
          [](JudgedCell& cell) -> Standing& { return cell.loss_standing; },
          [](CellSummary& s) -> std::optional<double>& { return s.answer_nll_delta_p; }};
}

bool can_be_ranked(const JudgedCell& cell) {
  return cell.shows_figures() && !cell.outdated && !cell.record.summary.random_weights;
}

/// Those with as many samples as the cell that has most: a selection that all share (--limit) is
/// fair, a cell that lacks samples of the others is not.
std::vector<JudgedCell*> most_complete(const std::vector<JudgedCell*>& cells) {
  int64_t most = 0;
  for (const JudgedCell* cell : cells) most = std::max(most, cell->record.summary.n);
  std::vector<JudgedCell*> kept;
  for (JudgedCell* cell : cells) {
    if (cell->record.summary.n == most) kept.push_back(cell);
  }
  return kept;
}

/// Whether pairs are too few, as far as the numbers of planned and of measured samples tell.
std::optional<bool> too_few_by_count(const JudgedCell& a, const JudgedCell& b,
                                     const Column& column) {
  const int64_t ours = column.count(a.record.summary), theirs = column.count(b.record.summary);
  if (too_few_to_tell(std::min(ours, theirs))) return true;
  const int64_t planned =
      std::max({a.record.plan.expected_n, b.record.plan.expected_n, ours, theirs});
  if (!too_few_to_tell(ours + theirs - planned)) return false;
  return std::nullopt;
}

/// A stored p-value comes without its number of pairs.
PairTest test_pair(const StoreReader& reader, Contender& contender, Contender& best,
                   const Column& column) {
  const BestComparison& stored = column.stored(contender.cell->record.summary);
  if (stored.p && stored.label == best.cell->record.plan.label) {
    const auto too_few = too_few_by_count(*contender.cell, *best.cell, column);
    if (too_few) return {*stored.p, *too_few};
  }
  const PromptValues differences =
      accuracy_differences(contender.read(reader), best.read(reader), column.value);
  return {sign_flip_test({&differences, 1}, kSignFlipSeed).value,
          too_few_to_tell(static_cast<int64_t>(differences.prompts()))};
}

/// Where the baseline is one of the two, the difference to the best is the one to the baseline and
/// has its p-value. Programs of earlier versions stored another draw of it.
void share_draw(JudgedCell& best, JudgedCell& other, const Column& column) {
  if (best.record.plan.is_baseline == other.record.plan.is_baseline) return;
  JudgedCell& method = best.record.plan.is_baseline ? other : best;
  std::optional<double>& p = column.delta_p(method.record.summary);
  if (p) p = column.standing(other).p_alone;
}

void rank_column(const StoreReader& reader, std::vector<Contender>& contenders,
                 const Column& column) {
  std::vector<std::optional<double>> merits;
  for (const Contender& one : contenders) merits.push_back(column.merit(one.cell->record.summary));
  const std::vector<Standing> standings = rank(merits, [&](size_t other, size_t best) {
    return test_pair(reader, contenders[other], contenders[best], column);
  });
  JudgedCell* best = nullptr;
  for (size_t i = 0; i < standings.size(); ++i) {
    column.standing(*contenders[i].cell) = standings[i];
    if (standings[i].place == Place::kBest) best = contenders[i].cell;
  }
  for (size_t i = 0; i < standings.size(); ++i) {
    if (standings[i].p) share_draw(*best, *contenders[i].cell, column);
  }
}

void rank_task(const StoreReader& reader, const std::vector<JudgedCell*>& cells) {
  if (cells.size() < 2) return;
  std::vector<Contender> contenders;
  for (JudgedCell* cell : cells) contenders.push_back({cell, std::nullopt});
  const std::vector<std::string>& metrics = cells.front()->record.plan.metrics;
  for (size_t i = 0; i < metrics.size(); ++i) {
    rank_column(reader, contenders, metric_column(metrics[i], i));
  }
  rank_column(reader, contenders, loss_column());
}

}  // namespace

void rank_cells(const StoreReader& reader, ModelCells& model) {
  std::map<std::string, std::vector<JudgedCell*>> by_task;
  for (JudgedCell& cell : model.cells) {
    cell.metric_standings.resize(cell.record.plan.metrics.size());
    if (can_be_ranked(cell)) by_task[task_name(cell.record.plan)].push_back(&cell);
  }
  for (const auto& [task, cells] : by_task) rank_task(reader, most_complete(cells));
}

}  // namespace skipbench
