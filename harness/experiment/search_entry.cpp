#include "harness/experiment/search_entry.h"

#include <fmt/format.h>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

constexpr double kSmallestFactor = 1e-3, kLargestFactor = 1e3;

// Runs `read` and reports what it throws at the place of `key`.
template <class Read>
void read_at(const YamlNode& node, const char* key, Problems& problems, Read read) {
  try {
    read();
  } catch (const InputError& error) {
    problems.add(node.find(key)->where, error.what());
  }
}

void read_range(MapReader& map, SearchSpec& spec, Problems& problems) {
  const auto factor = [&](const char* key) -> std::optional<double> {
    if (map.node().find(key) == nullptr) {
      map.find(key);
      return std::nullopt;
    }
    return map.number(key, 1, kSmallestFactor, kLargestFactor);
  };
  spec.low = factor("low");
  spec.high = factor("high");
  spec.steps = map.integer("steps", spec.steps, 3);
  if (spec.low && spec.high && *spec.low >= *spec.high) {
    problems.add(map.node().locate("low"),
                 fmt::format("'low' is {} and 'high' is {}; expected low below high", *spec.low,
                             *spec.high));
  }
}

std::string read_parameter(MapReader& map, const char* key, SearchClause& clause,
                           Problems& problems) {
  const YamlNode* node = map.require(key);
  if (node == nullptr) return "";
  clause.where_parameter = node->where;
  return scalar_text(*node, key, problems);
}

SearchClause read_limit(const YamlNode& node, Problems& problems) {
  SearchClause clause{.spec = {}, .where_parameter = node.where};
  MapReader map(node, "'search'", problems);
  if (const YamlNode* target = map.require("target")) {
    const std::string text = scalar_text(*target, "target", problems);
    if (!text.empty()) {
      read_at(node, "target", problems, [&] { clause.spec.goal = parse_target(text); });
    }
  }
  clause.spec.parameter = read_parameter(map, "over", clause, problems);
  if (const YamlNode* least = map.find("least")) {
    const std::string text = scalar_text(*least, "least", problems);
    if (!text.empty()) read_at(node, "least", problems, [&] { clause.least = parse_saving(text); });
  }
  clause.spec.tolerance = map.number("tolerance", clause.spec.tolerance, 0.002, 1);
  read_range(map, clause.spec, problems);
  map.finish();
  return clause;
}

SearchClause read_align(const YamlNode& node, Problems& problems) {
  SearchClause clause{.spec = {}, .where_parameter = node.where};
  MapReader map(node, "'align'", problems);
  Goal& goal = clause.spec.goal;
  goal.kind = Goal::Kind::kEqual;
  if (const YamlNode* figure = map.require("to")) {
    const std::string text = scalar_text(*figure, "to", problems);
    if (!text.empty())
      read_at(node, "to", problems, [&] { goal.figure = parse_align_figure(text); });
  }
  if (map.require("value") != nullptr) goal.value = map.number("value", 1, 1e-3, 1e3);
  goal.tolerance = map.number("tolerance", 0.02, 1e-4, 1e3);
  clause.spec.parameter = read_parameter(map, "scale", clause, problems);
  if (map.find("samples") != nullptr && !goal.is_counted()) {
    problems.add(node.locate("samples"),
                 fmt::format("'samples' is for counted figures; {} is measured on all of them",
                             figure_name(goal.figure)));
  }
  clause.spec.samples = goal.is_counted() ? map.integer("samples", 2, 1) : 0;
  read_range(map, clause.spec, problems);
  map.finish();
  return clause;
}

}  // namespace

std::optional<SearchClause> read_search(MapReader& entry, Problems& problems) {
  const YamlNode* search = entry.find("search");
  const YamlNode* align = entry.find("align");
  if (search != nullptr && align != nullptr) {
    problems.add(entry.node().locate("align"), "an entry has 'search' or 'align', not both");
  }
  if (search != nullptr) return read_limit(*search, problems);
  if (align != nullptr) return read_align(*align, problems);
  return std::nullopt;
}

}  // namespace skipbench
