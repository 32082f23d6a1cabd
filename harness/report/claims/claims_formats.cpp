#include "harness/report/claims/claims_report.h"
#include "harness/report/machine_formats.h"

namespace skipbench {
namespace {

using OrderedJson = nlohmann::ordered_json;

FieldValue field(const std::optional<double>& value) {
  return value ? FieldValue(*value) : FieldValue();
}

OrderedJson json_of(const std::optional<double>& value) {
  return value ? OrderedJson(*value) : OrderedJson();
}

std::string file_of(const MeasuredClaim& row) {
  return row.reader ? row.reader->file().string() : "";
}

std::string condition_line(const ClaimsSpec& spec, const ClaimSpec& claim, const MeasuredClaim& row,
                           const MeasuredCondition& measured) {
  const auto& interval = measured.interval;
  const std::vector<FieldValue> values{spec.source,
                                       claim.id,
                                       claim.sentence,
                                       claim.where,
                                       file_of(row),
                                       row.experiment,
                                       row.model,
                                       row.label,
                                       row.against,
                                       measured.condition.text(),
                                       field(measured.value),
                                       interval ? FieldValue(interval->low) : FieldValue(),
                                       interval ? FieldValue(interval->high) : FieldValue(),
                                       measured.n,
                                       static_cast<int64_t>(measured.tasks),
                                       static_cast<int64_t>(measured.of_tasks),
                                       static_cast<int64_t>(measured.inactive_tasks),
                                       measured.reason,
                                       std::string(verdict_name(measured.verdict)),
                                       std::string(verdict_name(row.verdict))};
  return csv_line(values);
}

OrderedJson json_of(const MeasuredCondition& measured) {
  OrderedJson json{{"condition", measured.condition.text()},
                   {"figure", facts_of(measured.condition.figure).name},
                   {"bound", measured.condition.bound},
                   {"measured", json_of(measured.value)},
                   {"interval", OrderedJson()},
                   {"n", measured.n},
                   {"tasks", measured.tasks},
                   {"of_tasks", measured.of_tasks},
                   {"inactive_tasks", measured.inactive_tasks},
                   {"reason", measured.reason},
                   {"verdict", verdict_name(measured.verdict)}};
  if (measured.interval) json["interval"] = {measured.interval->low, measured.interval->high};
  return json;
}

OrderedJson json_of(const MeasuredClaim& row, bool provenance) {
  OrderedJson json{{"database", file_of(row)}, {"experiment", row.experiment},
                   {"model", row.model},       {"label", row.label},
                   {"against", row.against},   {"verdict", verdict_name(row.verdict)}};
  json["conditions"] = OrderedJson::array();
  for (const MeasuredCondition& each : row.conditions) json["conditions"].push_back(json_of(each));
  json["notes"] = row.notes;
  json["from"] = OrderedJson::array();
  for (const JudgedCell* cell : row.cells) {
    json["from"].push_back(json_place(*cell, provenance ? row.reader : nullptr));
  }
  return json;
}

OrderedJson json_of(const ClaimSpec& claim, const std::vector<MeasuredClaim>& rows,
                    bool provenance) {
  OrderedJson json{{"id", claim.id}, {"claim", claim.sentence}, {"where", claim.where}};
  json["published"] = OrderedJson::array();
  for (const PublishedFigure& figure : claim.published) {
    OrderedJson& entry = json["published"].emplace_back();
    entry = {{"model", figure.model},
             {"row", figure.row},
             {"column", figure.column},
             {"value", figure.value}};
    if (!figure.setup.empty()) entry["setup"] = figure.setup;
  }
  json["rows"] = OrderedJson::array();
  for (const MeasuredClaim& row : rows) json["rows"].push_back(json_of(row, provenance));
  return json;
}

}  // namespace

std::string print_claims_csv(std::span<const MeasuredPaper> papers) {
  std::string text =
      "paper,claim,sentence,where,database,experiment,model,label,against,condition,measured,low,"
      "high,n,tasks,of_tasks,inactive_tasks,reason,condition_verdict,verdict\n";
  for (const MeasuredPaper& paper : papers) {
    for (size_t i = 0; i < paper.measured.size(); ++i) {
      for (const MeasuredClaim& row : paper.measured[i]) {
        for (const MeasuredCondition& each : row.conditions) {
          text += condition_line(paper.spec, paper.spec.claims[i], row, each);
        }
      }
    }
  }
  return text;
}

std::string print_claims_json(std::span<const MeasuredPaper> papers,
                              std::span<const ClaimSource> sources, bool provenance) {
  OrderedJson json{{"rules", kVerdictRules}};
  json["papers"] = OrderedJson::array();
  for (const MeasuredPaper& paper : papers) {
    OrderedJson& entry = json["papers"].emplace_back();
    entry = {{"source", paper.spec.source}, {"setup", paper.spec.setup}};
    entry["claims"] = OrderedJson::array();
    for (size_t i = 0; i < paper.measured.size(); ++i) {
      entry["claims"].push_back(json_of(paper.spec.claims[i], paper.measured[i], provenance));
    }
  }
  if (provenance) {
    json["runs"] = OrderedJson::array();
    for (const ClaimSource& source : sources) {
      for (OrderedJson& run : json_runs(source.experiments)) json["runs"].push_back(std::move(run));
    }
  }
  return json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + '\n';
}

}  // namespace skipbench
