#include <utility>

#include "harness/report/claims/claims_report.h"
#include "harness/report/formats/machine_formats.h"

namespace skipbench {
namespace {

using OrderedJson = nlohmann::ordered_json;

/// What csv and json say alike, by name.
using Fields = std::vector<std::pair<std::string, FieldValue>>;

FieldValue field(const std::optional<double>& value) {
  return value ? FieldValue(*value) : FieldValue();
}

FieldValue count(size_t value) {
  return static_cast<int64_t>(value);
}

Fields fields_of(const ClaimsSpec& spec, const ClaimSpec& claim) {
  return {{"paper", spec.source},
          {"claim", claim.id},
          {"sentence", claim.sentence},
          {"where", claim.where}};
}

Fields fields_of(const MeasuredClaim& row) {
  return {{"database", row.reader ? row.reader->file().string() : ""},
          {"experiment", row.experiment},
          {"model", row.model},
          {"label", row.label},
          {"against", row.against},
          {"verdict", std::string(verdict_name(row.verdict))}};
}

Fields fields_of(const MeasuredCondition& measured) {
  const auto& interval = measured.interval;
  return {{"condition", measured.condition.text()},
          {"measured", field(measured.value)},
          {"low", interval ? FieldValue(interval->low) : FieldValue()},
          {"high", interval ? FieldValue(interval->high) : FieldValue()},
          {"n", measured.n},
          {"tasks", count(measured.tasks)},
          {"of_tasks", count(measured.of_tasks)},
          {"inactive_tasks", count(measured.inactive_tasks)},
          {"reason", measured.reason},
          {"condition_verdict", std::string(verdict_name(measured.verdict))}};
}

OrderedJson object_of(const Fields& fields) {
  OrderedJson json;
  for (const auto& [name, value] : fields) json[name] = json_value(value);
  return json;
}

OrderedJson json_of(const MeasuredClaim& row, bool provenance) {
  OrderedJson json = object_of(fields_of(row));
  json["conditions"] = OrderedJson::array();
  for (const auto& each : row.conditions) json["conditions"].push_back(object_of(fields_of(each)));
  json["notes"] = row.notes;
  json["from"] = OrderedJson::array();
  for (const JudgedCell* cell : row.cells) {
    json["from"].push_back(json_place(*cell, provenance ? row.reader : nullptr));
  }
  return json;
}

OrderedJson published_json(const ClaimSpec& claim) {
  OrderedJson list = OrderedJson::array();
  for (const PublishedFigure& figure : claim.published) {
    list.push_back(object_of({{"model", figure.model},
                              {"row", figure.row},
                              {"column", figure.column},
                              {"value", figure.value},
                              {"setup", figure.setup}}));
  }
  return list;
}

}  // namespace

std::string print_claims_csv(std::span<const MeasuredPaper> papers) {
  std::vector<FieldValue> names;
  for (const Fields& fields : {fields_of(ClaimsSpec(), ClaimSpec()), fields_of(MeasuredClaim()),
                               fields_of(MeasuredCondition())}) {
    for (const auto& [name, value] : fields) names.emplace_back(name);
  }
  std::string text = csv_line(names);
  for (const MeasuredPaper& paper : papers) {
    for (size_t i = 0; i < paper.measured.size(); ++i) {
      for (const MeasuredClaim& row : paper.measured[i]) {
        for (const MeasuredCondition& each : row.conditions) {
          std::vector<FieldValue> values;
          for (const Fields& fields :
               {fields_of(paper.spec, paper.spec.claims[i]), fields_of(row), fields_of(each)}) {
            for (const auto& [name, value] : fields) values.push_back(value);
          }
          text += csv_line(values);
        }
      }
    }
  }
  return text;
}

std::string print_claims_json(std::span<const MeasuredPaper> papers,
                              std::span<const ClaimSource> sources, bool provenance) {
  OrderedJson json{{"rules", kVerdictRules}};
  json["claims"] = OrderedJson::array();
  for (const MeasuredPaper& paper : papers) {
    for (size_t i = 0; i < paper.measured.size(); ++i) {
      const ClaimSpec& claim = paper.spec.claims[i];
      OrderedJson& entry = json["claims"].emplace_back(object_of(fields_of(paper.spec, claim)));
      entry["published"] = published_json(claim);
      entry["rows"] = OrderedJson::array();
      for (const auto& row : paper.measured[i]) entry["rows"].push_back(json_of(row, provenance));
    }
  }
  for (const ClaimSource& source : sources) {
    if (!provenance) break;
    for (OrderedJson& run : json_runs(source.experiments)) json["runs"].push_back(std::move(run));
  }
  return json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + '\n';
}

}  // namespace skipbench
