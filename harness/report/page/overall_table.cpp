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

/// " (2/3 tasks)" or " (incomplete)" after a mean that others' means cannot be compared with.
std::string caution(const PooledTasks& pooled, const PooledKind& kind, size_t label) {
  const PooledAccuracy& accuracy = kind.accuracies[label];
  if (!accuracy.mean || pooled.is_whole(kind, label)) return "";
  return accuracy.complete ? fmt::format(" ({}/{} tasks)", accuracy.tasks, pooled.tasks)
                           : " (incomplete)";
}

void add_means(const PooledTasks& pooled, const PooledKind& kind, std::vector<Column>& columns) {
  columns.push_back(
      {{kind.name, "mean", "over tasks of equal weight", false}, [&pooled, &kind](size_t i) {
         return figure_text(kind.accuracies[i].mean, kind.unit) + caution(pooled, kind, i) +
                std::string(place_mark(kind.accuracies[i].standing));
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

/// A mean over the label's tasks, with their number where others have more.
std::string saving_text(const PooledTasks& pooled, const std::string& mean, size_t label) {
  const size_t tasks = pooled.measured_tasks[label];
  const bool is_partial = mean != figure_text({}, Unit::kRatio) && tasks < pooled.tasks;
  return mean + (is_partial ? fmt::format(" ({}/{} tasks)", tasks, pooled.tasks) : "");
}

void add_savings(const PooledTasks& pooled, std::vector<Column>& columns) {
  columns.push_back(
      {{"speed-up", "measured",
        "of the time to first token, geometric mean over tasks [95% interval, Welch's]", false},
       [&](size_t i) { return saving_text(pooled, measured_text(pooled, i), i); }});
  columns.push_back({{"speed-up", "ideal",
                      "by the saved FLOPs: counted prefill FLOPs of full attention / of the "
                      "method, geometric mean over tasks",
                      false},
                     [&](size_t i) {
                       return saving_text(pooled, figure_text(pooled.ideal[i], Unit::kRatio), i);
                     }});
  columns.push_back(
      {{"", "KV size", "KV cache bytes / full attention's, mean over tasks", false}, [&](size_t i) {
         return saving_text(pooled, figure_text(pooled.kv_ratio[i], Unit::kShare), i);
       }});
}

void add_divergence(const PooledTasks& pooled, std::vector<Column>& columns) {
  if (std::none_of(pooled.kl.begin(), pooled.kl.end(), [](const auto& kl) { return kl; })) return;
  columns.push_back({{"", "KL", "to full attention at the first token, mean over tasks", false},
                     [&](size_t i) { return figure_text(pooled.kl[i], Unit::kNats); }});
}

bool all_have_all(const std::vector<size_t>& counts, size_t tasks) {
  return std::all_of(counts.begin(), counts.end(), [tasks](size_t each) { return each == tasks; });
}

/// Columns of what varies alone; the caption says how many tasks there are.
void add_counts(const PooledTasks& pooled, std::vector<Column>& columns) {
  if (!all_have_all(pooled.measured_tasks, pooled.tasks)) {
    columns.push_back({{"", "tasks", "with figures", false}, [&pooled](size_t i) {
                         return fmt::format("{} of {}", pooled.measured_tasks[i], pooled.tasks);
                       }});
  }
  if (pooled.active_tasks != pooled.measured_tasks) {
    columns.push_back(
        {{"", "active", "tasks on which the method skipped something", false}, [&pooled](size_t i) {
           return fmt::format("{} of {}", pooled.active_tasks[i], pooled.measured_tasks[i]);
         }});
  }
}

std::vector<std::string> caption_of(const PooledTasks& pooled) {
  std::vector<std::string> lines{
      fmt::format("{} tasks of equal weight; each task by its main metric.", pooled.tasks)};
  if (pooled.active_tasks != pooled.measured_tasks) {
    lines.push_back(
        "Where a method was inactive it ran as full attention: such a task counts with what was "
        "measured there, so that all means are over the same tasks.");
  }
  const auto is_whole = [&pooled](const PooledKind& kind) {
    for (size_t i = 0; i < pooled.labels.size(); ++i) {
      if (kind.accuracies[i].mean && !pooled.is_whole(kind, i)) return false;
    }
    return true;
  };
  if (!std::all_of(pooled.kinds.begin(), pooled.kinds.end(), is_whole)) {
    lines.push_back(
        "A mean marked (2/3 tasks) or (incomplete) lacks tasks or samples that others have: do not "
        "compare it with theirs. Its difference to the baseline is over what both have.");
  }
  std::vector<Standing> standings;
  for (const PooledKind& kind : pooled.kinds) {
    for (const PooledAccuracy& accuracy : kind.accuracies) standings.push_back(accuracy.standing);
  }
  const std::string marks = marks_line(standings, "paired sign-flip test over the tasks");
  if (!marks.empty()) lines.push_back(marks);
  lines.emplace_back(kIntervalAndP);
  return lines;
}

std::vector<Column> columns_of(const PooledTasks& pooled) {
  std::vector<Column> columns;
  columns.push_back({{"", "method", "", false}, [&pooled](size_t i) { return pooled.labels[i]; }});
  // In the order of a reader's questions: how good, is the difference real, how much faster, how
  // small; then the same of the second kind of accuracy.
  for (const PooledKind& kind : pooled.kinds) {
    add_means(pooled, kind, columns);
    add_corrected_p(kind, columns);
    if (&kind == &pooled.kinds.front()) add_savings(pooled, columns);
  }
  add_divergence(pooled, columns);
  for (const PooledKind& kind : pooled.kinds) add_raw_p(kind, columns);
  add_counts(pooled, columns);
  return columns;
}

}  // namespace

Table overall_table(const PooledTasks& pooled) {
  Table table{"Mean over tasks", caption_of(pooled), {}, {}};
  const std::vector<Column> columns = columns_of(pooled);
  for (const Column& column : columns) table.columns.push_back(column.column);
  for (size_t i = 0; i < pooled.labels.size(); ++i) {
    TableRow& row = table.rows.emplace_back();
    for (const Column& column : columns) row.cells.push_back(column.text(i));
  }
  return table;
}

}  // namespace skipbench
