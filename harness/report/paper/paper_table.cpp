#include "harness/report/paper/paper_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "harness/base/add_once.h"
#include "harness/report/claims/measured_condition.h"
#include "harness/report/judge/match_cells.h"
#include "harness/report/paper/choose_labels.h"
#include "harness/report/paper/highlight.h"
#include "harness/report/tables/captions.h"
#include "harness/report/tables/cell_grid.h"
#include "harness/statistics/few_samples.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

Unit unit_of(const std::string& figure) {
  if (figure == "score") return Unit::kPoints;
  if (figure == kScoreGain) return Unit::kPointsDelta;
  return figure == "loss" ? Unit::kNats : cell_field(figure).unit;
}

/// One cell's figure; its error where there is one. That of an inactive cell is full attention's:
/// it counts in a mean over tasks, and is not shown alone.
struct Figure {
  std::optional<double> value, standard_error;
  std::optional<Interval> interval;
  std::optional<MeanRatio> ratio = std::nullopt;  // the value, where it is one
};

std::optional<double> number(const FieldValue& value) {
  if (const auto* real = std::get_if<double>(&value)) return *real;
  if (const auto* count = std::get_if<int64_t>(&value)) return static_cast<double>(*count);
  return std::nullopt;
}

/// The bounds of a field that has fields for them.
std::optional<Interval> interval_of(const std::string& field, const JudgedCell& cell) {
  std::optional<double> low, high;
  for (const CellField& bound : cell_fields()) {
    if (bound.id == field + "_low") low = number(visible_value(bound, cell));
    if (bound.id == field + "_high") high = number(visible_value(bound, cell));
  }
  return low && high ? std::optional(Interval{*low, *high}) : std::nullopt;
}

/// A ratio, ready to be pooled over tasks; of a speed-up with its interval.
MeanRatio ratio_of(const std::string& name, const CellSummary& summary, double value) {
  if (name == "speedup_ttft") return speedup_ttft(summary);
  return name == "speedup_e2e" ? speedup_e2e(summary) : MeanRatio{.mean = value};
}

Figure figure_of(const std::string& name, const JudgedCell& cell) {
  const CellSummary& summary = cell.record.summary;
  if (!cell.shows_accuracy()) return {};
  if (name == "loss") return {summary.answer_nll_mean, summary.answer_nll_stderr, std::nullopt};
  if (name == "score") {
    if (summary.metrics.empty()) return {};
    return {summary.metrics[0].score, summary.metrics[0].score_stderr, std::nullopt};
  }
  const CellField& field = cell_field(name);
  Figure figure{number(field.get(cell)), std::nullopt, interval_of(name, cell)};
  if (field.unit == Unit::kRatio && figure.value) {
    figure.ratio = ratio_of(name, summary, *figure.value);
  }
  return figure;
}

size_t count_tasks(const ModelCells& model, const TableColumnSpec& column) {
  std::vector<std::string> tasks;
  for (const JudgedCell& cell : model.cells) {
    if (is_among_tasks(column.tasks, cell.record.plan))
      tasks.push_back(task_name(cell.record.plan));
  }
  std::sort(tasks.begin(), tasks.end());
  return static_cast<size_t>(std::unique(tasks.begin(), tasks.end()) - tasks.begin());
}

/// Why a cell is less than it should be; "ok" when it is not. `hidden` is one that has no figure.
std::string state_of(const PaperCell& cell, const JudgedCell* hidden) {
  if (cell.sources.empty()) {
    const bool says_why = hidden && !hidden->shows_figures();
    return says_why ? std::string(cell_state_name(hidden->state)) : "missing";
  }
  const bool incomplete =
      cell.sources.size() < cell.of_tasks ||
      std::any_of(cell.sources.begin(), cell.sources.end(),
                  [](const JudgedCell* source) { return source->state == CellState::kIncomplete; });
  return incomplete ? "incomplete" : "ok";
}

PaperCell measure(const ModelCells& model, const std::string& label,
                  const TableColumnSpec& column) {
  PaperCell result;
  result.of_tasks = count_tasks(model, column);
  const JudgedCell* hidden = nullptr;
  double sum = 0, variance = 0;
  bool has_error = true;
  std::optional<Interval> interval;
  std::vector<MeanRatio> ratios;
  for (const JudgedCell& cell : model.cells) {
    if (cell.record.plan.label != label || !is_among_tasks(column.tasks, cell.record.plan))
      continue;
    const Figure figure = figure_of(column.figure, cell);
    if (!figure.value) {
      hidden = &cell;
      continue;
    }
    result.sources.push_back(&cell);
    result.active_tasks += cell.state != CellState::kInactive;
    sum += *figure.value;
    has_error = has_error && figure.standard_error;
    variance += std::pow(figure.standard_error.value_or(0), 2);
    interval = figure.interval;
    if (figure.ratio) ratios.push_back(*figure.ratio);
  }
  if (result.active_tasks == 0 && !result.sources.empty()) {
    hidden = result.sources.front();
    result.sources.clear();
  }
  result.state = state_of(result, hidden);
  if (result.sources.empty()) return result;
  const auto count = static_cast<double>(result.sources.size());
  result.measured = sum / count;
  if (has_error) {
    result.standard_error = shown_error(result.samples(), std::sqrt(variance) / count);
  }
  if (result.sources.size() == 1) {
    result.interval = interval;
  } else if (!ratios.empty()) {
    const MeanRatio ratio = mean_ratio_over_tasks(ratios);
    result.measured = ratio.mean;
    result.interval = ratio.interval;
  }
  return result;
}

/// The baseline's label; empty where the plan has none.
std::string baseline_of(const ModelCells& model) {
  for (const JudgedCell& cell : model.cells) {
    if (cell.record.plan.is_baseline) return cell.record.plan.label;
  }
  return "";
}

/// Points above the baseline on the same samples, as a claim has them.
PaperCell measure_gain(const StoreReader& reader, const ModelCells& model, const std::string& label,
                       const TableColumnSpec& column) {
  PaperCell result;
  LabelPair pair{reader, model, label, baseline_of(model)};
  if (label == pair.against) return result;
  const CellGrid grid = make_grid(model, [&](const JudgedCell& cell) {
    return is_among_tasks(column.tasks, cell.record.plan);
  });
  for (const std::string& task : grid.tasks) {
    const JudgedCell* cell = grid.find(label, task);
    if (!cell) continue;
    pair.tasks.push_back({cell, grid.find(pair.against, task)});
    if (cell->shows_accuracy()) result.sources.push_back(cell);
  }
  std::vector<std::string> notes;  // the model's own say the same
  const MeasuredCondition gain = measure_condition({ClaimFigure::kScoreGain}, pair, notes);
  result.of_tasks = grid.tasks.size();
  result.active_tasks = result.sources.size() - gain.inactive_tasks;
  result.measured = gain.value;
  result.interval = gain.interval;
  if (!gain.value) result.sources.clear();
  result.state = gain.value ? state_of(result, nullptr) : gain.reason;
  return result;
}

/// Adds the rows of one model after another.
class SectionFiller {
 public:
  SectionFiller(const StoreReader& reader, const TableSpec& spec, PaperTable& table)
      : reader_(reader), spec_(spec), table_(table) {}

  /// `model` is null where the database has none; `published` is its name in the paper.
  void add(const ModelCells* model, const std::string& shown, const std::string& published) {
    const size_t first = table_.rows.size();
    for (const TableRowSpec& row : spec_.rows) {
      std::vector<std::string> labels;
      if (model) labels = find_labels(plans_of(*model), row.match);
      if (labels.empty()) add_row(nullptr, "", row, shown, published);
      matched_ += labels.size();
      // A name for one row would hide which of several labels a row is.
      const TableRowSpec nameless{row.match, "", ""};
      const TableRowSpec& each = labels.size() > 1 ? nameless : row;
      for (const std::string& label : labels) add_row(model, label, each, shown, published);
    }
    if (model && table_.highlight) {
      highlight_rows(reader_, table_.columns, std::span(table_.rows).subspan(first));
    }
  }

  /// How many labels of the database its rows name.
  size_t matched() const { return matched_; }

 private:
  void add_row(const ModelCells* model, const std::string& label, const TableRowSpec& row,
               const std::string& shown, const std::string& published) {
    PaperRow& result = table_.rows.emplace_back();
    result.model = shown;
    result.name = label.empty() ? row.match : label;
    if (!row.name.empty()) result.name = row.name;
    const std::string key = row.published.empty() ? result.name : row.published;
    for (PaperColumn& column : table_.columns) {
      PaperCell& cell = result.cells.emplace_back();
      cell.state = "missing";
      if (model && column.spec.figure == kScoreGain) {
        cell = measure_gain(reader_, *model, label, column.spec);
      } else if (model) {
        cell = measure(*model, label, column.spec);
      }
      if (const auto* figure = table_.published.find(published, key, column.spec.published)) {
        cell.published = figure->value;
        cell.published_setup = figure->setup;
        column.has_published = true;
      }
    }
  }

  const StoreReader& reader_;
  const TableSpec& spec_;
  PaperTable& table_;
  size_t matched_ = 0;
};

/// A model of an experiment, with the runs behind it.
struct FoundModel {
  const ModelCells* cells;
  const std::vector<RunRecord>* runs;
};

std::vector<FoundModel> find_models(const std::vector<ExperimentData>& experiments,
                                    const std::string& glob) {
  std::vector<FoundModel> found;
  for (const ExperimentData& experiment : experiments) {
    for (const ModelCells& model : experiment.models) {
      if (fits_glob(glob, model.model)) found.push_back({&model, &experiment.runs});
    }
  }
  return found;
}

void add_caption(const FoundModel& model, const std::string& shown, PaperTable& table) {
  for (const std::string& line : caption_of(*model.cells, *model.runs)) {
    table.caption.push_back(shown + ": " + line);
  }
  for (const std::string& note : notes_of(*model.cells)) {
    table.notes.push_back(shown + ": " + note);
  }
}

/// A table of nothing but "missing" is a wrong file or a wrong database.
[[noreturn]] void nothing_matches(const StoreReader& reader, const TableSpec& spec,
                                  const std::vector<ExperimentData>& experiments) {
  std::vector<std::string> wanted, models, labels;
  for (const TableRowSpec& row : spec.rows) wanted.push_back(row.match);
  for (const FoundModel& model : find_models(experiments, "*")) {
    add_once(models, model.cells->model);
    for (const PlannedCell& plan : plans_of(*model.cells)) add_once(labels, plan.label);
  }
  throw InputError(fmt::format(
      "table '{}': none of its rows ({}) is a label or method of its models in {}; there are the "
      "models {} with the labels {}",
      spec.name, fmt::join(wanted, ", "), reader.file().string(), fmt::join(models, ", "),
      fmt::join(labels, ", ")));
}

}  // namespace

int64_t PaperCell::samples() const {
  int64_t count = 0;
  for (const JudgedCell* source : sources) count += source->record.summary.n;
  return count;
}

PaperTable fill_table(const StoreReader& reader, const TableSpec& spec,
                      const PublishedFigures& published,
                      const std::vector<ExperimentData>& experiments) {
  PaperTable table{spec.name, spec.title, published, spec.highlight, {}, {}, {}, {}};
  for (const TableColumnSpec& column : spec.columns) {
    table.columns.push_back({column, unit_of(column.figure), false});
  }
  SectionFiller filler(reader, spec, table);
  for (const TableModelSpec& model : spec.models) {
    const std::vector<FoundModel> found = find_models(experiments, model.match);
    if (found.empty()) filler.add(nullptr, model.name, model.name);
    for (const FoundModel& one : found) {
      const std::string name = model.name.empty() ? one.cells->model : model.name;
      const std::string shown =
          found.size() == 1 ? name : fmt::format("{} ({})", name, one.cells->experiment);
      filler.add(one.cells, shown, name);
      add_caption(one, shown, table);
    }
  }
  if (filler.matched() == 0) nothing_matches(reader, spec, experiments);
  return table;
}

}  // namespace skipbench
