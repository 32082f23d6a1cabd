#include "harness/report/tables/model_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <span>
#include <utility>

#include "harness/report/judge/fields.h"
#include "harness/report/judge/label_text.h"
#include "harness/report/judge/pareto.h"
#include "harness/report/tables/cell_grid.h"
#include "harness/statistics/paired_difference.h"

namespace skipbench {
namespace {

/// The label, with a mark after the choice of a search.
std::string row_name(const CellGrid& grid, const std::string& label) {
  for (const std::string& task : grid.tasks) {
    const JudgedCell* cell = grid.find(label, task);
    if (cell && cell->search == "chosen") return label + " ◆";
  }
  return label;
}

/// The word that stands where a cell shows no figures.
std::string state_word(const JudgedCell& cell) {
  return cell.state == CellState::kInvalid ? "INVALID" : std::string(cell_state_name(cell.state));
}

std::string sample_count(const JudgedCell& cell) {
  const int64_t n = cell.record.summary.n, expected = cell.record.plan.expected_n;
  return n == expected ? fmt::format("{}", n) : fmt::format("{}/{}", n, expected);
}

/// What follows a figure that must be read with care.
std::string warning(const JudgedCell& cell) {
  std::string text;
  if (cell.outdated) text += "*";
  if (cell.state == CellState::kIncomplete) text += fmt::format(" ({})", sample_count(cell));
  return text;
}

std::string score_text(const JudgedCell& cell, size_t index) {
  const MetricSummary& metric = cell.record.summary.metrics[index];
  if (!metric.score) return "–";
  std::string text = format_value(*metric.score, Unit::kPoints);
  if (const auto error = shown_error(metric.n, metric.score_stderr)) {
    text += " ± " + format_value(*error, Unit::kPoints);
  }
  return text + std::string(place_mark(cell.metric_standings[index]));
}

FieldValue field_value(const std::optional<double>& value) {
  return value ? FieldValue(*value) : FieldValue();
}

std::string delta_text(const MetricSummary& metric) {
  return format_interval(field_value(metric.score_delta), field_value(metric.score_delta_low),
                         field_value(metric.score_delta_high), Unit::kPointsDelta);
}

/// Of one task: every metric's score, and after the main one's its difference to the baseline.
std::vector<std::string> accuracy_texts(const JudgedCell& cell) {
  std::vector<std::string> texts;
  for (size_t i = 0; i < cell.record.summary.metrics.size(); ++i) {
    texts.push_back(score_text(cell, i));
    if (i == 0) texts.push_back(delta_text(cell.record.summary.metrics[i]));
  }
  return texts;
}

/// "mean paired difference ... [95% ...]".
std::string difference_hint(std::string_view what) {
  return fmt::format("{} [{}]", what, kShownInterval);
}

/// What the marks after figures mean, and why there are none. `standings` are those of a cell in
/// the table.
void explain_marks(const ModelCells& model,
                   const std::function<std::span<const Standing>(const JudgedCell&)>& standings,
                   Table& table) {
  std::vector<Standing> all;
  for (const JudgedCell& cell : model.cells) {
    const auto of_cell = standings(cell);
    all.insert(all.end(), of_cell.begin(), of_cell.end());
  }
  const std::string marks = marks_line(all, "paired sign-flip test");
  if (!marks.empty()) table.caption.push_back(marks);
  const bool too_few =
      std::any_of(model.cells.begin(), model.cells.end(), [](const JudgedCell& cell) {
        return cell.shows_figures() && too_few_to_tell(cell.record.summary.n);
      });
  if (too_few || std::any_of(all.begin(), all.end(), [](const auto& s) { return s.too_few; }))
    table.caption.push_back(too_few_line());
  if (!marks.empty()) {
    table.caption.push_back(std::string(kIntervalAndP) +
                            " The marks come from the test against the best.");
  }
}

std::string interval_text(const JudgedCell& cell, std::string_view id, std::string_view low,
                          std::string_view high) {
  const CellField& field = cell_field(id);
  return format_interval(visible_value(field, cell), visible_value(cell_field(low), cell),
                         visible_value(cell_field(high), cell), field.unit);
}

/// Appends what a cell says under the columns of its task: `texts`, with the cell's warning after
/// the first, or its state and nothing.
void append_task_cells(std::vector<std::string>& row, const JudgedCell* cell,
                       std::vector<std::string> texts) {
  if (!cell) {
    std::fill(texts.begin(), texts.end(), "–");
  } else if (!cell->shows_figures()) {
    std::fill(texts.begin(), texts.end(), "");
    texts.front() = state_word(*cell);
  } else {
    texts.front() += warning(*cell);
  }
  row.insert(row.end(), texts.begin(), texts.end());
}

const std::vector<std::string>& metrics_of(const CellGrid& grid, const std::string& task) {
  for (const std::string& label : grid.labels) {
    if (const JudgedCell* cell = grid.find(label, task)) return cell->record.plan.metrics;
  }
  static const std::vector<std::string> kNone;
  return kNone;
}

std::string activity_text(const JudgedCell& cell) {
  if (cell.record.plan.is_baseline && cell.shows_figures()) return "baseline";
  if (cell.state == CellState::kReference) return "reference";
  return cell.shows_figures() ? field_text(cell, "active") : state_word(cell);
}

/// A column of the speed table.
struct SpeedColumn {
  TableColumn column;
  std::function<std::string(const JudgedCell&)> text;
};

SpeedColumn plain_column(const char* group, const char* heading, const char* id,
                         bool collapsible = false) {
  return {{group, heading, std::string(cell_field(id).hint), collapsible},
          [id](const JudgedCell& cell) { return field_text(cell, id); }};
}

/// "1.35x", or "1.35x (3/20)" where only 3 of 20 pairs have replies of equal length.
std::string end_to_end_text(const JudgedCell& cell) {
  const CellSummary& s = cell.record.summary;
  std::string text = field_text(cell, "speedup_e2e");
  const bool some = cell.shows_figures() && s.speedup_e2e && s.pairs_e2e < s.pairs;
  return some ? fmt::format("{} ({}/{})", text, s.pairs_e2e, s.pairs) : text;
}

/// Tasks may repeat their samples differently; what all share stands in the caption above.
bool rounds_vary(const ModelCells& model) {
  return std::any_of(model.cells.begin(), model.cells.end(), [&model](const JudgedCell& cell) {
    return cell.record.summary.rounds != model.cells.front().record.summary.rounds;
  });
}

bool skips_decode_ffns(const ModelCells& model) {
  return std::any_of(model.cells.begin(), model.cells.end(), [](const JudgedCell& cell) {
    return cell.record.summary.decode_ffn_share.value_or(1) < 1;
  });
}

bool noise_is_known(const ModelCells& model) {
  return std::any_of(model.cells.begin(), model.cells.end(), [](const JudgedCell& cell) {
    return cell.shows_figures() && cell.record.summary.ttft_spread;
  });
}

bool memory_is_known(const ModelCells& model) {
  return std::any_of(model.cells.begin(), model.cells.end(), [](const JudgedCell& cell) {
    return cell.shows_figures() && cell.record.summary.beside_bytes_max;
  });
}

bool has_front(const ModelCells& model) {
  return std::any_of(model.cells.begin(), model.cells.end(),
                     [](const JudgedCell& cell) { return cell.front != Front::kNone; });
}

std::vector<SpeedColumn> speed_columns(const ModelCells& model) {
  std::vector<SpeedColumn> columns;
  columns.push_back({{"", "n", "", false}, sample_count});
  if (rounds_vary(model)) columns.push_back(plain_column("", "rounds", "rounds"));
  columns.push_back(
      {{"", "TTFT ms", "time to first token: median over samples and rounds [quartiles]", false},
       [](const JudgedCell& cell) {
         return interval_text(cell, "ttft_ms_median", "ttft_ms_q1", "ttft_ms_q3") +
                (cell.shows_figures() && cell.outdated ? "*" : "");
       }});
  if (noise_is_known(model)) columns.push_back(plain_column("", "noise", "ttft_noise", true));
  columns.push_back(
      {{"", "speed-up", fmt::format("{} [{}]", cell_field("speedup_ttft").hint, kSpeedupInterval),
        false},
       speedup_text});
  columns.push_back(plain_column("", "means", "speedup_ttft_of_means"));
  if (has_front(model)) {
    columns.push_back({{"", "front",
                        "■ no label of the task is at least as accurate and as fast and better in "
                        "one of them, □ one is, but the 95% intervals of both figures do not lie "
                        "apart",
                        false},
                       [](const JudgedCell& cell) { return std::string(front_mark(cell.front)); }});
  }
  columns.push_back(
      {{"", "end to end", std::string(cell_field("speedup_e2e").hint), false}, end_to_end_text});
  columns.push_back(plain_column("", "ideal", "ideal_speedup"));
  columns.push_back(plain_column("", "KV size", "kv_ratio", true));
  columns.push_back(plain_column("kept", "attention", "attention_share", true));
  columns.push_back(plain_column("kept", "FFN", "ffn_share", true));
  columns.push_back(plain_column("kept", "KV", "kv_share", true));
  if (skips_decode_ffns(model)) {
    columns.push_back(plain_column("kept", "decode FFN", "decode_ffn_share"));
  }
  columns.push_back(
      {{"", "active", "samples on which the method skipped something", false}, activity_text});
  if (memory_is_known(model)) {
    columns.push_back(plain_column("memory", "peak", "peak_bytes_max"));
    columns.push_back(plain_column("memory", "beside weights and KV", "beside_bytes_max"));
  }
  return columns;
}

std::string section_name(const CellGrid& grid, const std::string& task) {
  for (const std::string& label : grid.labels) {
    const JudgedCell* cell = grid.find(label, task);
    if (!cell || !cell->record.summary.prompt_tokens_mean) continue;
    return fmt::format("{}, {} prompt tokens", task, field_text(*cell, "prompt_tokens_mean"));
  }
  return task;
}

}  // namespace

Table accuracy_table(const ModelCells& model) {
  const CellGrid grid = make_grid(model, [](const JudgedCell& cell) {
    return !cell.record.plan.metrics.empty() && !cell.record.summary.random_weights;
  });
  Table table{"Accuracy",
              {"Points, mean ± standard error over samples; of equal ones there is none."},
              {{"", "method", "", false}},
              {}};
  explain_marks(
      model, [](const JudgedCell& cell) { return std::span(cell.metric_standings); }, table);
  for (const std::string& task : grid.tasks) {
    for (const std::string& metric : metrics_of(grid, task)) {
      table.columns.push_back({task, readable(metric), "", false});
      if (&metric != &metrics_of(grid, task).front()) continue;
      table.columns.push_back({task, "Δ",
                               difference_hint("mean paired difference of the score before it to "
                                               "the baseline"),
                               false});
    }
  }
  for (const std::string& label : grid.labels) {
    TableRow row{"", {row_name(grid, label)}};
    for (const std::string& task : grid.tasks) {
      const JudgedCell* cell = grid.find(label, task);
      std::vector<std::string> texts(metrics_of(grid, task).size() + 1);
      if (cell) texts = accuracy_texts(*cell);
      append_task_cells(row.cells, cell, std::move(texts));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table fidelity_table(const ModelCells& model) {
  const CellGrid grid = make_grid(model, [](const JudgedCell& cell) {
    const CellSummary& summary = cell.record.summary;
    return summary.answer_nll_mean || summary.kl_first_token_mean;
  });
  Table table{"Fidelity",
              {"Paired with the baseline on the same samples."},
              {{"", "method", "", false}},
              {}};
  explain_marks(
      model, [](const JudgedCell& cell) { return std::span(&cell.loss_standing, 1); }, table);
  const auto hint = [](const char* id) { return std::string(cell_field(id).hint); };
  const bool knows_decoded =  // rows of earlier programs do not
      std::any_of(model.cells.begin(), model.cells.end(), [](const JudgedCell& cell) {
        return cell.record.summary.kl_decoded_mean.has_value();
      });
  for (const std::string& task : grid.tasks) {
    table.columns.push_back({task, "loss", hint("answer_nll_mean"), false});
    table.columns.push_back(
        {task, "Δ loss", difference_hint(cell_field("answer_nll_delta").hint), false});
    table.columns.push_back({task, "KL", hint("kl_first_token_mean"), false});
    if (knows_decoded) {
      table.columns.push_back({task, "KL decoded", hint("kl_decoded_mean"), false});
    }
  }
  for (const std::string& label : grid.labels) {
    TableRow row{"", {row_name(grid, label)}};
    for (const std::string& task : grid.tasks) {
      const JudgedCell* cell = grid.find(label, task);
      std::vector<std::string> texts(4);
      if (cell) {
        texts = {
            field_text(*cell, "answer_nll_mean") + std::string(place_mark(cell->loss_standing)),
            interval_text(*cell, "answer_nll_delta", "answer_nll_delta_low",
                          "answer_nll_delta_high"),
            field_text(*cell, "kl_first_token_mean"), field_text(*cell, "kl_decoded_mean")};
      }
      if (!knows_decoded) texts.pop_back();
      append_task_cells(row.cells, cell, std::move(texts));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table speed_table(const ModelCells& model) {
  const CellGrid grid = make_grid(model, [](const JudgedCell&) { return true; });
  const std::vector<SpeedColumn> columns = speed_columns(model);
  Table table{"Speed and work", {}, {{"", "method", "", false}}, {}};
  for (const SpeedColumn& column : columns) table.columns.push_back(column.column);
  for (const std::string& task : grid.tasks) {
    const std::string section = section_name(grid, task);
    for (const std::string& label : grid.labels) {
      const JudgedCell* cell = grid.find(label, task);
      if (!cell) continue;
      TableRow row{section, {row_name(grid, label)}};
      for (const SpeedColumn& column : columns) row.cells.push_back(column.text(*cell));
      table.rows.push_back(std::move(row));
    }
  }
  collapse_constant_columns(table);
  const bool chosen = std::any_of(model.cells.begin(), model.cells.end(),
                                  [](const auto& cell) { return cell.search == "chosen"; });
  if (chosen) table.caption.push_back("◆ chosen by a search.");
  return table;
}

std::vector<Table> model_tables(const ModelCells& model) {
  std::vector<Table> tables;
  for (Table table : {accuracy_table(model), fidelity_table(model), speed_table(model)}) {
    if (table.columns.size() > 1) tables.push_back(std::move(table));
  }
  return tables;
}

}  // namespace skipbench
