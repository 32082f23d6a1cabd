#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/report/judge/fields.h"
#include "harness/report/judge/report_data.h"
#include "harness/report/paper/published.h"
#include "harness/report/paper/table_spec.h"
#include "harness/report/tables/document.h"
#include "harness/statistics/statistics.h"

namespace skipbench {

/// A cell of a table that a file describes.
struct PaperCell {
  std::string state;  // "ok", or why the figure is absent or partial: "missing", "oom", ...
  std::optional<double> measured;        // mean over the tasks that have one, inactive ones too
  std::optional<double> standard_error;  // of scores and losses: shown_error()
  std::optional<Interval> interval;      // of a single task, or of speed-ups over several
  std::optional<double> published;
  std::string published_setup;             // where it differs from the paper's usual one
  size_t of_tasks = 0;                     // that the column has
  std::vector<const JudgedCell*> sources;  // the cells behind `measured`
  size_t active_tasks = 0;                 // sources on which the method skipped something
  Standing standing;

  int64_t samples() const;  // behind `measured`
  bool lacks_tasks() const { return measured && sources.size() < of_tasks; }
  bool is_partly_active() const { return active_tasks < sources.size(); }
  std::optional<double> difference() const {
    return measured && published ? std::optional(*measured - *published) : std::nullopt;
  }
};

struct PaperColumn {
  TableColumnSpec spec;
  Unit unit = Unit::kPoints;
  bool has_published = false;  // in any row
};

struct PaperRow {
  std::string model, name;
  std::vector<PaperCell> cells;
};

struct PaperTable {
  std::string name, title;
  PublishedFigures published;
  bool highlight = false;
  std::vector<PaperColumn> columns;
  std::vector<PaperRow> rows;
  std::vector<std::string> caption;  // machines, versions, marks
  std::vector<std::string> notes;
};

/// Fills the table from the experiments, which must outlive it. What the database does not hold is
/// "missing"; no figure is made up. Throws InputError, with what there is, when it holds none of
/// the table's rows.
PaperTable fill_table(const StoreReader& reader, const TableSpec& spec,
                      const PublishedFigures& published,
                      const std::vector<ExperimentData>& experiments);

/// For people: columns with published figures show published, measured and difference.
Section table_section(const PaperTable& table);

/// One line a cell.
std::string print_table_csv(const PaperTable& table);

/// An object with rows, cells and what stands behind each; with `provenance` given also the rows
/// of each run behind a cell, and the runs.
std::string print_table_json(const PaperTable& table,
                             const std::vector<ExperimentData>& experiments,
                             const StoreReader* provenance);

}  // namespace skipbench
