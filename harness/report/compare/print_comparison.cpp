#include <fmt/format.h>

#include <algorithm>

#include "harness/report/compare/comparison.h"
#include "harness/report/judge/label_text.h"
#include "harness/report/tables/document.h"
#include "kernels/base/json.h"

namespace skipbench {
namespace {

using OrderedJson = nlohmann::ordered_json;

FieldValue field(const std::optional<double>& value) {
  return value ? FieldValue(*value) : FieldValue();
}

FieldValue low_of(const std::optional<Interval>& interval) {
  return interval ? FieldValue(interval->low) : FieldValue();
}

FieldValue high_of(const std::optional<Interval>& interval) {
  return interval ? FieldValue(interval->high) : FieldValue();
}

Unit delta_of(Unit unit) {
  return unit == Unit::kPoints ? Unit::kPointsDelta : Unit::kNatsDelta;
}

TableRow difference_row(const std::string& section, const std::string& name,
                        const ComparedFigure& figure) {
  const PairedDifference& d = figure.difference;
  const auto& interval = d.interval;
  const Unit delta = delta_of(figure.unit);
  return {section,
          {name, format_value(FieldValue(d.prompts), Unit::kCount),
           format_value(field(figure.first_mean), figure.unit),
           format_value(field(figure.second_mean), figure.unit),
           format_interval(field(d.mean), low_of(interval), high_of(interval), delta),
           format_value(field(d.shown_error()), figure.unit),
           format_value(FieldValue(d.p.value), Unit::kProbability),
           format_value(FieldValue(figure.p_holm), Unit::kProbability),
           format_value(field(d.detectable), figure.unit)}};
}

/// Rows by figure, each figure's tasks together.
void add_difference_rows(const Comparison& comparison, Table& table) {
  std::vector<std::string> figures;
  for (const ComparedTask& task : comparison.tasks) {
    for (const ComparedFigure& figure : task.figures) {
      if (std::find(figures.begin(), figures.end(), figure.name) == figures.end()) {
        figures.push_back(figure.name);
      }
    }
  }
  for (const std::string& name : figures) {
    for (const ComparedTask& task : comparison.tasks) {
      for (const ComparedFigure& figure : task.figures) {
        if (figure.name != name) continue;
        table.rows.push_back(difference_row(readable(name), task.name, figure));
      }
    }
  }
  for (const ComparedFigure& figure : comparison.over_tasks) {
    const std::string what = figure.name == "score" ? "main metric" : figure.name;
    table.rows.push_back(difference_row(
        "mean over tasks", fmt::format("{}, {} tasks", what, figure.difference.tasks), figure));
  }
}

/// Says over what p is corrected.
TableColumn corrected_column(const Comparison& comparison) {
  if (comparison.corrected_together == 1) {
    return {"", "p (Holm over tasks)",
            "corrected for the number of tasks of these two; of the mean over tasks there is one, "
            "and nothing to correct",
            false};
  }
  return {"", "p (Holm over tasks and labels)",
          fmt::format("corrected for the number of tasks in all {} comparisons together; of means "
                      "over tasks, for the number of comparisons",
                      comparison.corrected_together),
          false};
}

Table differences_table(const Comparison& comparison) {
  Table table{
      "Differences on the same samples",
      {std::string(kIntervalAndP)},
      {{"", "task", "", false},
       {"", "n", "samples that both have", false},
       {"", comparison.first, "", false},
       {"", comparison.second, "", false},
       {"", "difference", fmt::format("second - first: mean over samples [{}]", kShownInterval),
        false},
       {"", "±", "standard error of the difference", false},
       {"", "p",
        "of no difference: exact sign flips up to 16 samples that differ, drawn "
        "ones above",
        false},
       corrected_column(comparison),
       {"", "detectable",
        "the smallest true difference that this many samples find in 4 of 5 repetitions", false}},
      {}};
  add_difference_rows(comparison, table);
  return table;
}

std::vector<std::string> time_cells(const ComparedTime& time) {
  return {format_value(FieldValue(time.pairs), Unit::kCount),
          format_ratio(time.mean) + (time.too_fast ? "†" : "") + (time.host_bound ? "‡" : ""),
          format_interval(field(time.median.median), low_of(time.median.interval),
                          high_of(time.median.interval), Unit::kRatio),
          format_value(field(time.ratio_of_means), Unit::kRatio)};
}

Table times_table(const Comparison& comparison) {
  Table table{"Times",
              {fmt::format("{} / {}: how many times faster the second is.", comparison.first,
                           comparison.second)},
              {{"", "task", "", false}},
              {}};
  for (const char* group : {"time to first token", "end to end"}) {
    table.columns.push_back({group, "pairs",
                             "samples x rounds timed in one run (end to end: with "
                             "equally many new tokens, decoded on one path)",
                             false});
    table.columns.push_back({group, "mean",
                             fmt::format("geometric, of the paired ratios [{}]", kSpeedupInterval),
                             false});
    table.columns.push_back(
        {group, "median", fmt::format("of the paired ratios [{}]", kMedianInterval), false});
    table.columns.push_back({group, "of means", "ratio of the mean times", false});
  }
  for (const ComparedTask& task : comparison.tasks) {
    if (task.ttft.pairs == 0) continue;
    TableRow row{"", {task.name}};
    for (const ComparedTime* time : {&task.ttft, &task.end_to_end}) {
      for (std::string& cell : time_cells(*time)) row.cells.push_back(std::move(cell));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::vector<std::string> notes_of(const Comparison& comparison) {
  std::vector<std::string> notes = comparison.notes;
  for (const ComparedTask& task : comparison.tasks) {
    if (task.first_samples == task.second_samples) continue;
    notes.push_back(fmt::format("incomplete: {} has {} samples of {} and {} of {}", task.name,
                                task.first_samples, comparison.first, task.second_samples,
                                comparison.second));
  }
  return notes;
}

Section section_of(const Comparison& comparison) {
  ComparisonTables tables = comparison_tables(comparison);
  Section section;
  section.heading = fmt::format("{} against {}: {} on {}", comparison.second, comparison.first,
                                comparison.experiment, comparison.model);
  for (Table* table : {&tables.differences, &tables.times}) {
    if (!table->rows.empty()) section.tables.push_back(std::move(*table));
  }
  section.notes = std::move(tables.notes);
  return section;
}

OrderedJson json_of(const std::optional<double>& value) {
  return value ? OrderedJson(*value) : OrderedJson();
}

OrderedJson json_of(const std::optional<Interval>& interval) {
  return interval ? OrderedJson{interval->low, interval->high} : OrderedJson();
}

OrderedJson json_of(const ComparedFigure& figure) {
  const PairedDifference& d = figure.difference;
  return {{"figure", figure.name},
          {"n", d.prompts},
          {"tasks", d.tasks},
          {"first", json_of(figure.first_mean)},
          {"second", json_of(figure.second_mean)},
          {"difference", json_of(d.mean)},
          {"standard_error", json_of(d.shown_error())},
          {"interval", json_of(d.interval)},
          {"p", d.p.value},
          {"p_exact", d.p.exact},
          {"p_holm", figure.p_holm},
          {"detectable", json_of(d.detectable)}};
}

OrderedJson json_of(const ComparedTime& time) {
  return {{"pairs", time.pairs},
          {"over_baseline", time.over_baseline},
          {"mean_of_ratios", json_of(time.mean.mean)},
          {"mean_interval", json_of(time.mean.interval)},
          {"median_of_ratios", json_of(time.median.median)},
          {"median_interval", json_of(time.median.interval)},
          {"ratio_of_means", json_of(time.ratio_of_means)}};
}

OrderedJson ttft_json(const ComparedTime& time) {
  OrderedJson json = json_of(time);
  json["too_fast"] = time.too_fast;
  json["host_bound"] = time.host_bound;
  return json;
}

OrderedJson json_of(const ComparedTask& task);
OrderedJson json_of(const Comparison& comparison);

template <class Value>
OrderedJson json_list(const std::vector<Value>& values) {
  OrderedJson list = OrderedJson::array();
  for (const Value& value : values) list.push_back(json_of(value));
  return list;
}

OrderedJson json_of(const ComparedTask& task) {
  return {{"task", task.name},
          {"first_samples", task.first_samples},
          {"second_samples", task.second_samples},
          {"figures", json_list(task.figures)},
          {"ttft", ttft_json(task.ttft)},
          {"end_to_end", json_of(task.end_to_end)}};
}

OrderedJson json_of(const Comparison& comparison) {
  return {{"experiment", comparison.experiment},
          {"model", comparison.model},
          {"first", comparison.first},
          {"second", comparison.second},
          {"tasks", json_list(comparison.tasks)},
          {"over_tasks", json_list(comparison.over_tasks)},
          {"notes", comparison.notes}};
}

}  // namespace

ComparisonTables comparison_tables(const Comparison& comparison) {
  return {differences_table(comparison), times_table(comparison), notes_of(comparison)};
}

std::string print_comparisons_text(const std::vector<Comparison>& comparisons, size_t width) {
  Document document;
  for (const Comparison& comparison : comparisons) {
    document.sections.push_back(section_of(comparison));
  }
  return print_text(document, width);
}

std::string print_comparisons_json(const std::vector<Comparison>& comparisons) {
  const OrderedJson json{{"comparisons", json_list(comparisons)}};
  return json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + '\n';
}

}  // namespace skipbench
