#include "harness/report/tables/profile_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string>

#include "harness/report/judge/fields.h"
#include "harness/report/tables/phase_shares.h"

namespace skipbench {
namespace {

bool has_profile(const JudgedCell& cell) {
  return cell.shows_figures() && cell.record.summary.profiles > 0;
}

/// A cell with one phase of its profile.
struct ProfiledCell {
  const JudgedCell* cell;
  PhaseShares phase;
};

/// Those that have the phase, tasks and labels in planned order.
std::vector<ProfiledCell> profiled_cells(const ModelCells& model, std::string_view phase) {
  std::vector<ProfiledCell> cells;
  for (const JudgedCell& cell : model.cells) {
    if (!has_profile(cell)) continue;
    PhaseShares shares = phase_shares(cell.record.summary, phase);
    if (shares.total_ms > 0) cells.push_back({&cell, std::move(shares)});
  }
  return cells;
}

struct ProfileColumn {
  TableColumn column;
  std::function<std::string(const ProfiledCell&)> text;
};

std::string milliseconds(double ms) {
  return format_value(ms, Unit::kMilliseconds);
}

std::string percent(double share) {
  return fmt::format("{:.1f}%", 100 * share);
}

ProfileColumn total_column(const char* hint) {
  return {{"", "profiled ms", hint, false},
          [](const ProfiledCell& cell) { return milliseconds(cell.phase.total_ms); }};
}

std::string hint_of(const std::string& operations) {
  if (operations == "graph") return "a step that replays a CUDA graph, not divisible";
  if (operations == kBetweenOperations) return "in no operation: the host's part, small copies";
  return "";
}

/// "686 58.1%", or nothing where the group was not met.
ProfileColumn operations_column(const std::string& operations) {
  return {{"ms and share", operations, hint_of(operations), false},
          [operations](const ProfiledCell& cell) {
            const auto found = cell.phase.ms.find(operations);
            if (found == cell.phase.ms.end()) return std::string("–");
            return milliseconds(found->second) + " " + percent(cell.phase.share(operations));
          }};
}

void add_operations(const std::vector<ProfiledCell>& cells, std::vector<ProfileColumn>& columns) {
  for (const std::string& operations : operation_order()) {
    const bool met = std::any_of(cells.begin(), cells.end(), [&](const ProfiledCell& cell) {
      return cell.phase.ms.contains(operations);
    });
    if (met) columns.push_back(operations_column(operations));
  }
}

/// With speedup_mark().
ProfileColumn marked(ProfileColumn column) {
  return {std::move(column.column), [text = std::move(column.text)](const ProfiledCell& cell) {
            return text(cell) + speedup_mark(*cell.cell);
          }};
}

ProfileColumn field_column(const char* group, const char* heading, const char* id) {
  const CellField& field = cell_field(id);
  return {{group, heading, std::string(field.hint), false}, [&field](const ProfiledCell& cell) {
            return format_value(visible_value(field, *cell.cell), field.unit);
          }};
}

/// How much of the ideal speed-up came true.
ProfileColumn realised_column(const char* group) {
  return {{group, "realised", "speed-up / ideal speed-up", false}, [](const ProfiledCell& cell) {
            const CellSummary& s = cell.cell->record.summary;
            if (!s.speedup_ttft || !s.ideal_speedup) return std::string("–");
            return percent(*s.speedup_ttft / *s.ideal_speedup);
          }};
}

ProfileColumn selection_column() {
  return {{"", "selection", "probe + select + gather, share of the profiled prefill", false},
          [](const ProfiledCell& cell) { return percent(cell.phase.selection_share()); }};
}

Table filled(std::string title, std::string caption, const std::vector<ProfiledCell>& cells,
             const std::vector<ProfileColumn>& columns) {
  Table table{std::move(title), {std::move(caption)}, {{"", "method", "", false}}, {}};
  for (const ProfileColumn& column : columns) table.columns.push_back(column.column);
  for (const ProfiledCell& cell : cells) {
    const PlannedCell& plan = cell.cell->record.plan;
    TableRow row{task_name(plan), {plan.label}};
    for (const ProfileColumn& column : columns) row.cells.push_back(column.text(cell));
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table prefill_table(const std::vector<ProfiledCell>& cells) {
  std::vector<ProfileColumn> columns{
      total_column(
          "of a repetition with events around each operation, which may make it slower than "
          "the timed ones"),
      field_column("", "TTFT ms", "ttft_ms_median"), selection_column()};
  add_operations(cells, columns);
  constexpr const char* kCompared = "against the baseline";
  columns.push_back(marked(field_column(kCompared, "speed-up", "speedup_ttft")));
  columns.push_back(field_column(kCompared, "ideal", "ideal_speedup"));
  columns.push_back(marked(realised_column(kCompared)));
  return filled("Where the prefill's time goes", "Mean over the profiled samples.", cells, columns);
}

Table decode_table(const std::vector<ProfiledCell>& cells) {
  std::vector<ProfileColumn> columns{
      total_column("of a step with events around each operation, which may make it slower than the "
                   "timed ones"),
      field_column("", "ms/token", "ms_per_token_median"),
      field_column("", "decoded by", "decode_path")};
  add_operations(cells, columns);
  return filled("Where a decode step's time goes", "Mean over the steps of the profiled samples.",
                cells, columns);
}

}  // namespace

bool has_profiles(const std::vector<ExperimentData>& experiments) {
  return std::any_of(experiments.begin(), experiments.end(), [](const ExperimentData& experiment) {
    return std::any_of(experiment.models.begin(), experiment.models.end(),
                       [](const ModelCells& model) {
                         return std::any_of(model.cells.begin(), model.cells.end(), has_profile);
                       });
  });
}

std::vector<Table> profile_tables(const ModelCells& model) {
  std::vector<Table> tables;
  if (const auto cells = profiled_cells(model, "prefill"); !cells.empty()) {
    tables.push_back(prefill_table(cells));
  }
  if (const auto cells = profiled_cells(model, "decode"); !cells.empty()) {
    tables.push_back(decode_table(cells));
  }
  return tables;
}

}  // namespace skipbench
