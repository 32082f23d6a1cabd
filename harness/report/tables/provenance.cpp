#include "harness/report/tables/provenance.h"

#include <fmt/format.h>

#include <string>

#include "kernels/base/json.h"

namespace skipbench {
namespace {

/// "cpu: Example, cores: 2" from a JSON object; other text as it is.
std::string flat(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return text;
  std::string line;
  for (const auto& [key, value] : json.items()) {
    const std::string shown = value.is_string() ? value.get<std::string>() : value.dump();
    line += fmt::format("{}{}: {}", line.empty() ? "" : ", ", key, shown);
  }
  return line;
}

std::string short_hash(const std::string& hash) {
  return hash.substr(0, 12);
}

void add_run(const RunRecord& run, std::vector<std::string>& lines) {
  const std::string outcome = run.outcome.empty() ? "running or killed" : run.outcome;
  lines.push_back(fmt::format(
      "run {}: {} from {} to {}; wrote {} rows, of which the tables use {}", run.id, outcome,
      run.started_at, run.ended_at.empty() ? "?" : run.ended_at, run.rows, run.current_rows));
  lines.push_back("  command    " + run.info.command);
  lines.push_back(fmt::format("  commit     {}{}", run.info.git_commit,
                              run.info.git_dirty ? " with uncommitted changes" : ""));
  lines.push_back("  build      " + run.info.build_flags);
  lines.push_back("  libraries  " + flat(run.info.library_versions));
  lines.push_back("  machine    " + flat(run.info.machine_json));
}

TableColumn key_column(const char* heading) {
  return {"", heading, "", true};
}

/// "40 (run 1), 8 (run 3)".
std::string rows_text(const StoreReader& reader, const JudgedCell& cell) {
  std::string text;
  for (const auto& [run, rows] : reader.rows_by_run(cell.record.plan)) {
    text += fmt::format("{}{} (run {})", text.empty() ? "" : ", ", rows, run);
  }
  return text.empty() ? "none" : text;
}

Table versions_table(const StoreReader& reader, const ModelCells& model) {
  Table table{"What the cells of " + model.model + " are true for", {}, {}, {}};
  table.columns = {{"", "method", "", false}, key_column("rows (run)"), key_column("code"),
                   key_column("model file"),  key_column("parameters"), key_column("data"),
                   key_column("protocol"),    key_column("seed"),       key_column("device"),
                   key_column("dtype")};
  for (const JudgedCell& cell : model.cells) {
    const CellVersion& v = cell.record.version;
    table.rows.push_back(
        {task_name(cell.record.plan),
         {cell.record.plan.label, rows_text(reader, cell), v.code_version, short_hash(v.model_hash),
          short_hash(v.method_hash), short_hash(v.data_hash), short_hash(v.protocol_hash),
          fmt::format("{}", v.seed), v.device, v.dtype}});
  }
  collapse_constant_columns(table);
  return table;
}

}  // namespace

Section provenance_section(const StoreReader& reader, const ExperimentData& experiment) {
  Section section;
  section.heading = "Provenance of " + experiment.name;
  for (const RunRecord& run : experiment.runs) add_run(run, section.caption);
  for (const ModelCells& model : experiment.models) {
    section.tables.push_back(versions_table(reader, model));
  }
  return section;
}

}  // namespace skipbench
