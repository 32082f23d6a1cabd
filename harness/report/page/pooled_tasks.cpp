#include "harness/report/page/pooled_tasks.h"

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

std::vector<const CellSummary*> shown_tasks(const CellGrid& grid, const std::string& label) {
  std::vector<const CellSummary*> shown;
  for (const std::string& task : grid.tasks) {
    const JudgedCell* cell = grid.find(label, task);
    if (cell && cell->shows_figures()) shown.push_back(&cell->record.summary);
  }
  return shown;
}

std::vector<double> values_over_tasks(const CellGrid& grid, const std::string& label,
                                      const Value& value) {
  std::vector<double> values;
  for (const CellSummary* task : shown_tasks(grid, label)) {
    if (const auto of_task = value(*task)) values.push_back(*of_task);
  }
  return values;
}

MeanRatio ratio_over_tasks(const CellGrid& grid, const std::string& label,
                           const std::function<MeanRatio(const CellSummary&)>& ratio) {
  std::vector<MeanRatio> ratios;
  for (const CellSummary* task : shown_tasks(grid, label)) ratios.push_back(ratio(*task));
  return mean_ratio_over_tasks(ratios);
}

/// Turned round where the baseline is the second of the pair.
PooledDifference difference_of(const ComparedFigure& figure, bool baseline_is_first) {
  const PairedDifference& d = figure.difference;
  PooledDifference pooled{
      .mean = *d.mean, .interval = d.shown_interval(), .p = d.p.value, .prompts = d.prompts};
  if (baseline_is_first) return pooled;
  pooled.mean = -pooled.mean;
  if (pooled.interval) pooled.interval = Interval{-pooled.interval->high, -pooled.interval->low};
  return pooled;
}

/// By label, corrected for their number.
std::map<std::string, PooledDifference> differences_of(const std::string& baseline,
                                                       const char* figure,
                                                       const PairedLabels& pairs) {
  std::map<std::string, PooledDifference> differences;
  for (const Comparison& pair : pairs.comparisons) {
    if (pair.first != baseline && pair.second != baseline) continue;
    const bool is_first = pair.first == baseline;
    for (const ComparedFigure& compared : pair.over_tasks) {
      if (compared.name != figure || !compared.difference.mean) continue;
      differences[is_first ? pair.second : pair.first] = difference_of(compared, is_first);
    }
  }
  std::vector<double> p_values;
  for (const auto& [label, difference] : differences) p_values.push_back(difference.p);
  const std::vector<double> corrected = holm_adjusted(p_values);
  size_t at = 0;
  for (auto& [label, difference] : differences) difference.corrected = corrected[at++];
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
  const auto differences = differences_of(pooled.baseline, source.figure, pairs);
  bool known = false;
  for (const std::string& label : pooled.labels) {
    const std::vector<double> values = values_over_tasks(grid, label, source.value);
    PooledAccuracy& accuracy = source.kind.accuracies.emplace_back();
    accuracy.tasks = values.size();
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
  const CellGrid grid = make_grid(model, [](const JudgedCell& cell) {
    const CellSummary& s = cell.record.summary;
    return cell.shows_figures() && !s.random_weights && (main_score(s) || s.answer_nll_mean);
  });
  if (grid.tasks.size() < 2) return std::nullopt;
  PooledTasks pooled{.tasks = grid.tasks.size(), .baseline = baseline_of(model)};
  pooled.labels = grid.labels;
  std::erase_if(pooled.labels, [&grid](const std::string& label) {
    return values_over_tasks(grid, label, main_score).empty() &&
           values_over_tasks(grid, label, loss).empty();
  });
  for (Source source :
       {Source{{"score", Unit::kPoints, Unit::kPointsDelta, true, {}}, "score", main_score},
        Source{{"loss of the right answer", Unit::kNats, Unit::kNatsDelta, false, {}},
               "loss",
               loss}}) {
    if (fill(grid, pooled, pairs, source)) pooled.kinds.push_back(std::move(source.kind));
  }
  for (const std::string& label : pooled.labels) {
    const auto promised = [](const CellSummary& s) { return MeanRatio{.mean = s.ideal_speedup}; };
    pooled.promised.push_back(ratio_over_tasks(grid, label, promised).mean);
    pooled.measured.push_back(ratio_over_tasks(grid, label, speedup_ttft));
    const auto mean_of = [&](std::optional<double> CellSummary::*figure) {
      return mean(values_over_tasks(grid, label, [figure](const auto& s) { return s.*figure; }));
    };
    pooled.kv_ratio.push_back(mean_of(&CellSummary::kv_ratio));
    pooled.kl.push_back(mean_of(&CellSummary::kl_first_token_mean));
  }
  return pooled;
}

std::string figure_text(const std::optional<double>& value, Unit unit) {
  return format_value(value ? FieldValue(*value) : FieldValue(), unit);
}

std::string speedup_words(const PooledTasks& pooled, size_t label) {
  const std::string promised = figure_text(pooled.promised[label], Unit::kRatio);
  if (!pooled.measured[label].mean) return "promised speed-up " + promised;
  return "speed-up to the first token " + format_ratio(pooled.measured[label]) + ", promised " +
         promised;
}

std::string difference_text(const PooledKind& kind, const PooledDifference& difference) {
  const auto bound = [&](double Interval::*end) {
    return difference.interval ? FieldValue((*difference.interval).*end) : FieldValue();
  };
  return format_interval(FieldValue(difference.mean), bound(&Interval::low), bound(&Interval::high),
                         kind.delta);
}

}  // namespace skipbench
