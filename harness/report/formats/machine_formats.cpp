#include "harness/report/formats/machine_formats.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <string_view>

#include "harness/report/judge/fields.h"
#include "harness/report/judge/marks.h"
#include "harness/report/tables/captions.h"

namespace skipbench {
namespace {

using OrderedJson = nlohmann::ordered_json;

std::string csv_text(const FieldValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* count = std::get_if<int64_t>(&value)) return fmt::format("{}", *count);
  if (const auto* real = std::get_if<double>(&value)) {
    return std::isnan(*real) ? "" : fmt::format("{}", *real);
  }
  const auto* text = std::get_if<std::string>(&value);
  if (!text) return "";
  if (text->find_first_of(",\"\r\n") == std::string::npos) return *text;
  std::string quoted = "\"";
  for (const char c : *text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

/// The number of cell fields that stand before the metric's in a line.
size_t keys_before_metric() {
  const auto fields = cell_fields();
  size_t i = 0;
  while (fields[i].id != "subset") ++i;
  return i + 1;
}

std::string csv_header() {
  std::string line;
  const size_t keys = keys_before_metric();
  for (size_t i = 0; i < cell_fields().size(); ++i) {
    if (i == keys) {
      for (const MetricField& field : metric_fields()) line += std::string(field.id) + ',';
    }
    line += std::string(cell_fields()[i].id) + ',';
  }
  line.back() = '\n';
  return line;
}

std::string cell_line(const JudgedCell& cell, std::optional<size_t> metric) {
  std::string line;
  const size_t keys = keys_before_metric();
  for (size_t i = 0; i < cell_fields().size(); ++i) {
    if (i == keys) {
      for (const MetricField& field : metric_fields()) {
        line += (metric ? csv_text(machine_value(field, cell, *metric)) : "") + ',';
      }
    }
    line += csv_text(machine_value(cell_fields()[i], cell)) + ',';
  }
  line.back() = '\n';
  return line;
}

OrderedJson json_rows_by_run(const StoreReader& reader, const PlannedCell& plan) {
  OrderedJson list = OrderedJson::array();
  for (const auto& [run, rows] : reader.rows_by_run(plan)) {
    list.push_back({{"run_id", run}, {"rows", rows}});
  }
  return list;
}

OrderedJson json_cell(const JudgedCell& cell, const StoreReader* provenance) {
  OrderedJson json;
  for (const CellField& field : cell_fields()) {
    json[std::string(field.id)] = json_value(machine_value(field, cell));
  }
  const CellVersion& version = cell.record.version;
  json["params"] = version.params.empty() ? OrderedJson() : OrderedJson::parse(version.params);
  json["model_hash"] = version.model_hash;
  json["method_hash"] = version.method_hash;
  json["data_hash"] = version.data_hash;
  json["protocol_hash"] = version.protocol_hash;
  json["seed"] = version.seed;
  if (provenance) json["rows_by_run"] = json_rows_by_run(*provenance, cell.record.plan);
  json["metrics"] = OrderedJson::array();
  for (size_t i = 0; i < cell.record.summary.metrics.size(); ++i) {
    OrderedJson& entry = json["metrics"].emplace_back();
    for (const MetricField& field : metric_fields()) {
      entry[std::string(field.id)] = json_value(machine_value(field, cell, i));
    }
  }
  return json;
}

/// Text that is JSON as JSON, other text as text.
OrderedJson parsed_or_text(const std::string& text) {
  OrderedJson json = OrderedJson::parse(text, nullptr, false);
  return json.is_discarded() ? OrderedJson(text) : json;
}

OrderedJson json_run(const RunRecord& run) {
  return {{"run_id", run.id},
          {"command", run.info.command},
          {"started_at", run.started_at},
          {"ended_at", run.ended_at},
          {"outcome", run.outcome.empty() ? OrderedJson() : OrderedJson(run.outcome)},
          {"rows", run.rows},
          {"current_rows", run.current_rows},
          {"git_commit", run.info.git_commit},
          {"git_dirty", run.info.git_dirty},
          {"build_flags", run.info.build_flags},
          {"library_versions", parsed_or_text(run.info.library_versions)},
          {"machine", parsed_or_text(run.info.machine_json)},
          {"config", parsed_or_text(run.info.config_json)}};
}

}  // namespace

OrderedJson json_value(const FieldValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag;
  if (const auto* count = std::get_if<int64_t>(&value)) return *count;
  if (const auto* real = std::get_if<double>(&value)) return *real;
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return nullptr;
}

std::string csv_line(std::span<const FieldValue> values) {
  std::string line;
  for (const FieldValue& value : values) line += csv_text(value) + ',';
  line.back() = '\n';
  return line;
}

OrderedJson json_place(const JudgedCell& cell, const StoreReader* provenance) {
  const PlannedCell& plan = cell.record.plan;
  const CellVersion& version = cell.record.version;
  OrderedJson json{{"experiment", plan.experiment},
                   {"model", plan.model},
                   {"label", plan.label},
                   {"task", plan.task},
                   {"subset", plan.subset},
                   {"n", cell.record.summary.n},
                   {"expected_n", plan.expected_n},
                   {"last_run", cell.record.last_run},
                   {"device", version.device},
                   {"dtype", version.dtype},
                   {"code_version", version.code_version},
                   {"model_hash", version.model_hash},
                   {"method_hash", version.method_hash},
                   {"data_hash", version.data_hash},
                   {"protocol_hash", version.protocol_hash},
                   {"seed", version.seed},
                   {"git_dirty", cell.record.summary.git_dirty},
                   {"random_weights", cell.record.summary.random_weights},
                   {"outdated", cell.outdated_reason}};
  if (provenance) json["rows_by_run"] = json_rows_by_run(*provenance, plan);
  return json;
}

OrderedJson json_runs(const std::vector<ExperimentData>& experiments) {
  OrderedJson runs = OrderedJson::array();
  for (const ExperimentData& experiment : experiments) {
    for (const RunRecord& run : experiment.runs) {
      OrderedJson entry = json_run(run);
      entry["experiment"] = experiment.name;
      runs.push_back(std::move(entry));
    }
  }
  return runs;
}

std::string print_csv(const std::vector<ExperimentData>& experiments) {
  std::string text = csv_header();
  for (const ExperimentData& experiment : experiments) {
    for (const ModelCells& model : experiment.models) {
      for (const JudgedCell& cell : model.cells) {
        const size_t metrics = cell.record.summary.metrics.size();
        if (metrics == 0) text += cell_line(cell, std::nullopt);
        for (size_t i = 0; i < metrics; ++i) text += cell_line(cell, i);
      }
    }
  }
  return text;
}

std::string print_json(const std::vector<ExperimentData>& experiments,
                       const StoreReader* provenance, bool checked) {
  OrderedJson json;
  if (checked) json["integrity"] = "ok";
  json["experiments"] = OrderedJson::array();
  for (const ExperimentData& experiment : experiments) {
    OrderedJson& entry = json["experiments"].emplace_back();
    entry["experiment"] = experiment.name;
    entry["models"] = OrderedJson::array();
    for (const ModelCells& model : experiment.models) {
      OrderedJson& models = entry["models"].emplace_back();
      models["model"] = model.model;
      models["marks"] = marks_of(model, experiment.runs);
      models["notes"] = notes_of(model);
      models["cells"] = OrderedJson::array();
      for (const JudgedCell& cell : model.cells)
        models["cells"].push_back(json_cell(cell, provenance));
    }
    if (!provenance) continue;
    entry["runs"] = OrderedJson::array();
    for (const RunRecord& run : experiment.runs) entry["runs"].push_back(json_run(run));
  }
  // Predictions and errors may hold bytes that are no UTF-8.
  return json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + '\n';
}

}  // namespace skipbench
