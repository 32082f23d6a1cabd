#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "harness/report/formats/machine_formats.h"
#include "harness/report/paper/paper_table.h"

namespace skipbench {
namespace {

using OrderedJson = nlohmann::ordered_json;

FieldValue field(const std::optional<double>& value) {
  return value ? FieldValue(*value) : FieldValue();
}

/// " ± 0.5" or " [1.9, 2.1]" behind a figure.
std::string error_text(const PaperCell& cell, Unit unit) {
  if (cell.standard_error) return " ± " + format_value(*cell.standard_error, unit);
  if (!cell.interval) return "";
  const std::string all =
      format_interval(*cell.measured, cell.interval->low, cell.interval->high, unit);
  return all.substr(format_value(*cell.measured, unit).size());
}

std::string measured_text(const PaperCell& cell, const PaperColumn& column) {
  if (!cell.measured) return cell.state;
  std::string text = format_value(*cell.measured, column.unit);
  if (column.spec.show_error) text += error_text(cell, column.unit);
  if (cell.lacks_tasks()) {
    text += fmt::format(" ({}/{} tasks)", cell.sources.size(), cell.of_tasks);
  } else if (cell.state != "ok") {
    text += fmt::format(" ({})", cell.state);
  }
  if (cell.is_partly_active()) {
    text += fmt::format(" ({} of {} active)", cell.active_tasks, cell.sources.size());
  }
  const auto any = [&cell](bool (*holds)(const JudgedCell&)) {
    return std::any_of(cell.sources.begin(), cell.sources.end(),
                       [holds](const JudgedCell* source) { return holds(*source); });
  };
  if (column.spec.figure.starts_with("speedup_ttft")) text += speedup_mark(cell.sources);
  if (any([](const JudgedCell& source) { return source.outdated; })) text += "*";
  return text + std::string(place_mark(cell.standing));
}

/// Published points keep the two decimals that papers print.
std::string published_text(const std::optional<double>& value, Unit unit) {
  if (value && unit == Unit::kPoints) return fmt::format("{:.2f}", *value);
  return format_value(field(value), unit);
}

/// With a sign; shares in percentage points.
std::string difference_text(const std::optional<double>& difference, Unit unit) {
  if (!difference) return "–";
  switch (unit) {
    case Unit::kPoints:
      return fmt::format("{:+.2f}", *difference);
    case Unit::kShare:
      return fmt::format("{:+.1f}%", 100 * *difference);
    case Unit::kRatio:
      return fmt::format("{:+.2f}x", *difference);
    default:
      return fmt::format("{:+.3g}", *difference);
  }
}

void add_columns(const PaperColumn& column, Table& table) {
  if (!column.has_published) {
    table.columns.push_back({"", column.spec.name, "", false});
    return;
  }
  for (const char* heading : {"published", "measured", "difference"}) {
    table.columns.push_back({column.spec.name, heading, "", false});
  }
}

void add_cells(const PaperCell& cell, const PaperColumn& column, TableRow& row) {
  if (column.has_published) row.cells.push_back(published_text(cell.published, column.unit));
  row.cells.push_back(measured_text(cell, column));
  if (column.has_published) row.cells.push_back(difference_text(cell.difference(), column.unit));
}

std::vector<Standing> standings_of(const PaperTable& table) {
  std::vector<Standing> standings;
  for (const PaperRow& row : table.rows) {
    for (const PaperCell& cell : row.cells) standings.push_back(cell.standing);
  }
  return standings;
}

/// "dirty-tree;random-weights": what a reader must know of the cells behind a figure.
std::string marks_text(const PaperCell& cell) {
  std::string text;
  const auto add = [&](const std::string& mark, auto holds) {
    if (std::none_of(cell.sources.begin(), cell.sources.end(), holds)) return;
    text += (text.empty() ? "" : ";") + mark;
  };
  add("random-weights", [](const JudgedCell* c) { return c->record.summary.random_weights; });
  add("dirty-tree", [](const JudgedCell* c) { return c->record.summary.git_dirty; });
  add("mixed-versions", [](const JudgedCell* c) { return c->outdated; });
  add("too-fast", [](const JudgedCell* c) { return is_marked_too_fast(*c); });
  add("host-bound", [](const JudgedCell* c) { return is_host_bound(*c); });
  add("slow-path", [](const JudgedCell* c) { return has_slow_path(*c); });
  return text;
}

OrderedJson json_of(const std::optional<double>& value) {
  return value ? OrderedJson(*value) : OrderedJson();
}

OrderedJson json_of(const PaperCell& cell, const PaperColumn& column,
                    const StoreReader* provenance) {
  OrderedJson json;
  json["column"] = column.spec.name;
  json["figure"] = column.spec.figure;
  json["state"] = cell.state;
  json["published"] = json_of(cell.published);
  if (!cell.published_setup.empty()) json["published_setup"] = cell.published_setup;
  json["measured"] = json_of(cell.measured);
  json["standard_error"] = json_of(cell.standard_error);
  json["interval"] = OrderedJson();
  if (cell.interval) json["interval"] = {cell.interval->low, cell.interval->high};
  json["difference"] = json_of(cell.difference());
  json["rank"] = std::string(place_name(cell.standing));
  json["best_p"] = json_of(cell.standing.p);
  json["n"] = cell.samples();
  json["of_tasks"] = cell.of_tasks;
  json["active_tasks"] = cell.active_tasks;
  json["from"] = OrderedJson::array();
  for (const JudgedCell* source : cell.sources)
    json["from"].push_back(json_place(*source, provenance));
  return json;
}

std::vector<FieldValue> csv_values(const PaperTable& table, const PaperRow& row, size_t index) {
  const PaperCell& cell = row.cells[index];
  const TableColumnSpec& column = table.columns[index].spec;
  const auto& interval = cell.interval;
  return {table.name,
          row.model,
          row.name,
          column.name,
          column.figure,
          field(cell.published),
          field(cell.measured),
          field(cell.standard_error),
          interval ? FieldValue(interval->low) : FieldValue(),
          interval ? FieldValue(interval->high) : FieldValue(),
          field(cell.difference()),
          cell.samples(),
          static_cast<int64_t>(cell.sources.size()),
          static_cast<int64_t>(cell.of_tasks),
          cell.state,
          std::string(place_name(cell.standing)),
          field(cell.standing.p),
          marks_text(cell),
          static_cast<int64_t>(cell.active_tasks)};
}

bool any_cell(const PaperTable& table, bool (PaperCell::*holds)() const) {
  return std::any_of(table.rows.begin(), table.rows.end(), [holds](const PaperRow& row) {
    return std::any_of(row.cells.begin(), row.cells.end(), std::mem_fn(holds));
  });
}

}  // namespace

Section table_section(const PaperTable& paper) {
  Table table{paper.title, {}, {{"", "method", "", false}}, {}};
  if (!paper.published.source.empty()) {
    table.caption.push_back(
        fmt::format("Published: {}; {}.", paper.published.source, paper.published.setup));
  }
  const std::vector<Standing> standings = standings_of(paper);
  const std::string marks = marks_line(standings, "paired sign-flip test over the column's tasks");
  if (!marks.empty()) table.caption.push_back(marks);
  if (std::any_of(standings.begin(), standings.end(), [](const auto& s) { return s.too_few; })) {
    table.caption.push_back(too_few_line());
  }
  if (any_cell(paper, &PaperCell::lacks_tasks)) {
    table.caption.emplace_back(
        "(2/3 tasks): a mean over fewer tasks than the column has, not ranked and not comparable "
        "with the others.");
  }
  if (any_cell(paper, &PaperCell::is_partly_active)) {
    table.caption.emplace_back(
        "(2 of 3 active): on the other tasks the method was inactive and ran as full attention; "
        "they count with what was measured there.");
  }
  for (const PaperColumn& column : paper.columns) add_columns(column, table);
  for (const PaperRow& row : paper.rows) {
    TableRow shown{row.model, {row.name}};
    for (size_t i = 0; i < row.cells.size(); ++i) add_cells(row.cells[i], paper.columns[i], shown);
    table.rows.push_back(std::move(shown));
  }
  return {paper.name, paper.caption, {std::move(table)}, paper.notes};
}

std::string print_table_csv(const PaperTable& table) {
  std::string text =
      "table,model,row,column,figure,published,measured,standard_error,low,high,difference,n,"
      "tasks,of_tasks,state,rank,best_p,marks,active_tasks\n";
  for (const PaperRow& row : table.rows) {
    for (size_t i = 0; i < row.cells.size(); ++i) text += csv_line(csv_values(table, row, i));
  }
  return text;
}

std::string print_table_json(const PaperTable& table,
                             const std::vector<ExperimentData>& experiments,
                             const StoreReader* provenance) {
  OrderedJson json;
  json["table"] = table.name;
  json["title"] = table.title;
  json["published"] = {{"source", table.published.source}, {"setup", table.published.setup}};
  json["caption"] = table.caption;
  json["notes"] = table.notes;
  json["rows"] = OrderedJson::array();
  for (const PaperRow& row : table.rows) {
    OrderedJson& entry = json["rows"].emplace_back();
    entry["model"] = row.model;
    entry["row"] = row.name;
    entry["cells"] = OrderedJson::array();
    for (size_t i = 0; i < row.cells.size(); ++i) {
      entry["cells"].push_back(json_of(row.cells[i], table.columns[i], provenance));
    }
  }
  if (provenance) json["runs"] = json_runs(experiments);
  return json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + '\n';
}

}  // namespace skipbench
