#include "harness/report/page/overall_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace skipbench {
namespace {

/// A column, and its cell of the label at a place.
struct Column {
  TableColumn column;
  std::function<std::string(size_t)> text;
};

void add_means(const PooledKind& kind, std::vector<Column>& columns) {
  columns.push_back({{kind.name, "mean", "over tasks of equal weight", false}, [&kind](size_t i) {
                       return figure_text(kind.accuracies[i].mean, kind.unit);
                     }});
  columns.push_back(
      {{kind.name, "difference",
        fmt::format("to the baseline on the same samples, mean over tasks [{}]", kShownInterval),
        false},
       [&kind](size_t i) {
         const auto& difference = kind.accuracies[i].difference;
         return difference ? difference_text(kind, *difference) : "–";
       }});
}

std::string p_text(const PooledKind& kind, double PooledDifference::*value, size_t label) {
  const auto& difference = kind.accuracies[label].difference;
  return figure_text(difference ? std::optional((*difference).*value) : std::nullopt,
                     Unit::kProbability);
}

void add_corrected_p(const PooledKind& kind, std::vector<Column>& columns) {
  columns.push_back(
      {{kind.name, "p (Holm over methods)",
        "of no difference to the baseline, corrected for the number of methods", false},
       [&kind](size_t i) { return p_text(kind, &PooledDifference::corrected, i); }});
}

void add_raw_p(const PooledKind& kind, std::vector<Column>& columns) {
  columns.push_back(
      {{"p before the correction", kind.name,
        "of no difference to the baseline; of the same draw as the corrected one", false},
       [&kind](size_t i) { return p_text(kind, &PooledDifference::p, i); }});
}

void add_savings(const PooledTasks& pooled, std::vector<Column>& columns) {
  columns.push_back(
      {{"speed-up", "measured",
        "of the time to first token, geometric mean over tasks [95% interval, Welch's]", false},
       [&](size_t i) { return format_ratio(pooled.measured[i]); }});
  columns.push_back({{"speed-up", "promised",
                      "by the saved FLOPs: counted prefill FLOPs of full attention / of the "
                      "method, geometric mean over tasks",
                      false},
                     [&](size_t i) { return figure_text(pooled.promised[i], Unit::kRatio); }});
  columns.push_back({{"", "KV size", "KV cache bytes / full attention's, mean over tasks", false},
                     [&](size_t i) { return figure_text(pooled.kv_ratio[i], Unit::kShare); }});
}

size_t tasks_with_figures(const PooledTasks& pooled, size_t label) {
  size_t tasks = 0;
  for (const PooledKind& kind : pooled.kinds) tasks = std::max(tasks, kind.accuracies[label].tasks);
  return tasks;
}

std::string task_count(const PooledTasks& pooled, size_t label) {
  const size_t tasks = tasks_with_figures(pooled, label);
  if (tasks < pooled.tasks) return fmt::format("({}/{})", tasks, pooled.tasks);
  return fmt::format("{}", tasks);
}

std::vector<Column> columns_of(const PooledTasks& pooled) {
  std::vector<Column> columns;
  columns.push_back({{"", "method", "", false}, [&pooled](size_t i) { return pooled.labels[i]; }});
  // In the order of a reader's questions: how good, is the difference real, how much faster, how
  // small; then the same of the second kind of accuracy.
  for (const PooledKind& kind : pooled.kinds) {
    add_means(kind, columns);
    add_corrected_p(kind, columns);
    if (&kind == &pooled.kinds.front()) add_savings(pooled, columns);
  }
  for (const PooledKind& kind : pooled.kinds) add_raw_p(kind, columns);
  bool all_whole = true;
  for (size_t i = 0; i < pooled.labels.size(); ++i) {
    all_whole = all_whole && tasks_with_figures(pooled, i) == pooled.tasks;
  }
  if (all_whole) return columns;  // the caption says how many tasks there are
  columns.push_back({{"", "tasks", "with figures", false},
                     [&pooled](size_t i) { return task_count(pooled, i); }});
  return columns;
}

}  // namespace

Table overall_table(const PooledTasks& pooled) {
  Table table{"Mean over tasks",
              {fmt::format("{} tasks of equal weight; each task by its main metric.", pooled.tasks),
               std::string(kIntervalAndP)},
              {},
              {}};
  const std::vector<Column> columns = columns_of(pooled);
  for (const Column& column : columns) table.columns.push_back(column.column);
  for (size_t i = 0; i < pooled.labels.size(); ++i) {
    TableRow& row = table.rows.emplace_back();
    for (const Column& column : columns) row.cells.push_back(column.text(i));
  }
  return table;
}

}  // namespace skipbench
