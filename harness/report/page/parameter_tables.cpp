#include "harness/report/page/parameter_tables.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "kernels/base/json.h"

namespace skipbench {
namespace {

struct Label {
  std::string name;
  std::map<std::string, std::string> parameters;
};

/// "then.keep" for what lies in an object.
void flatten(const Json& json, const std::string& prefix, std::map<std::string, std::string>& out) {
  for (const auto& [key, value] : json.items()) {
    if (value.is_object() && !value.empty()) {
      flatten(value, prefix + key + '.', out);
    } else {
      out[prefix + key] = value.is_string() ? value.get<std::string>()
                          : value.is_null() ? "not set"
                                            : value.dump();
    }
  }
}

Label label_of(const JudgedCell& cell) {
  Label label{cell.record.plan.label, {}};
  const Json json = Json::parse(cell.record.version.params, nullptr, false);
  if (json.is_object()) flatten(json, "", label.parameters);
  return label;
}

std::string value_of(const Label& label, const std::string& key) {
  const auto found = label.parameters.find(key);
  return found == label.parameters.end() ? "–" : found->second;
}

std::string labels_line(const std::vector<Label>& labels) {
  std::vector<std::string> names;
  for (const Label& label : labels) names.push_back("“" + label.name + "”");
  return fmt::format("{} {}", labels.size() > 1 ? "Labels" : "Label", fmt::join(names, ", "));
}

Table table_of(const std::string& method, const std::vector<Label>& labels) {
  Table table{method, {}, {{"", "label", "", false}}, {}};
  for (const Label& label : labels) table.rows.push_back({"", {label.name}});
  std::map<std::string, bool> keys;  // all of them, sorted
  for (const Label& label : labels) {
    for (const auto& [key, value] : label.parameters) keys[key] = true;
  }
  std::vector<std::string> shared;
  for (const auto& [key, unused] : keys) {
    const std::string first = value_of(labels.front(), key);
    const bool same = std::all_of(labels.begin(), labels.end(), [&](const Label& label) {
      return value_of(label, key) == first;
    });
    if (same) {
      shared.push_back(key + " = " + first);
      continue;
    }
    table.columns.push_back({"", key, "", false});
    for (size_t i = 0; i < labels.size(); ++i) {
      table.rows[i].cells.push_back(value_of(labels[i], key));
    }
  }
  if (table.columns.size() == 1) table.rows.clear();  // the caption says all
  if (table.rows.empty()) table.caption.push_back(labels_line(labels));
  if (keys.empty()) table.caption.push_back("No parameters.");
  if (!shared.empty()) {
    table.caption.push_back(
        fmt::format("{}{}.", table.rows.empty() ? "" : "In every row: ", fmt::join(shared, ", ")));
  }
  return table;
}

}  // namespace

std::vector<Table> parameter_tables(const ModelCells& model) {
  std::vector<std::string> order;
  std::map<std::string, std::vector<Label>> by_method;
  for (const JudgedCell& cell : model.cells) {
    if (cell.record.version.params.empty()) continue;
    std::vector<Label>& labels = by_method[cell.record.plan.method];
    if (labels.empty()) order.push_back(cell.record.plan.method);
    const auto known = [&cell](const Label& label) { return label.name == cell.record.plan.label; };
    if (std::none_of(labels.begin(), labels.end(), known)) labels.push_back(label_of(cell));
  }
  std::vector<Table> tables;
  for (const std::string& method : order) tables.push_back(table_of(method, by_method[method]));
  return tables;
}

}  // namespace skipbench
