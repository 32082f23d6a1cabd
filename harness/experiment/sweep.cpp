#include "harness/experiment/sweep.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "harness/yaml/yaml_values.h"
#include "kernels/base/suggest.h"

namespace skipbench {
namespace {

const Axis* find_axis(const std::vector<Axis>& axes, std::string_view name) {
  const auto found =
      std::find_if(axes.begin(), axes.end(), [&](const Axis& axis) { return axis.name == name; });
  return found == axes.end() ? nullptr : &*found;
}

// 1 and 1.0 are equal as JSON but different budgets; their texts differ.
bool same_value(const Json& a, const Json& b) {
  return a.dump() == b.dump();
}

bool agrees(const Json& assignment, const Json& skip) {
  return std::all_of(skip.items().begin(), skip.items().end(), [&](const auto& item) {
    return same_value(assignment.at(item.key()), item.value());
  });
}

void check_skip(const YamlNode& node, const std::vector<Axis>& axes, const Json& skip,
                Problems& problems) {
  std::vector<std::string> names;
  for (const Axis& axis : axes) names.push_back(axis.name);
  for (const auto& entry : node.entries) {
    const Axis* axis = find_axis(axes, entry.key);
    if (axis == nullptr) {
      problems.add(entry.key_where,
                   fmt::format("'skip' names '{}', which is not an axis of the sweep{}", entry.key,
                               suggestion(entry.key, names)));
      continue;
    }
    const Json& value = skip.at(entry.key);
    const bool taken = std::any_of(axis->values.begin(), axis->values.end(),
                                   [&](const Json& each) { return same_value(each, value); });
    if (!taken) {
      problems.add(entry.value.where,
                   fmt::format("'skip' has {} = {}, which the axis never takes; its values: {}",
                               entry.key, value.dump(), Json(axis->values).dump()));
    }
  }
}

}  // namespace

std::vector<Axis> read_axes(const YamlNode& sweep, Problems& problems) {
  std::vector<Axis> axes;
  if (!sweep.is_map()) {
    problems.add(sweep.where, fmt::format("'sweep' must be a map from parameters to lists, not {}",
                                          kind_name(sweep)));
    return axes;
  }
  for (const auto& entry : sweep.entries) {
    if (!entry.value.is_sequence() || entry.value.items.empty()) {
      problems.add(entry.value.where, fmt::format("the axis '{}' needs a list of values, got {}",
                                                  entry.key, kind_name(entry.value)));
      continue;
    }
    Axis axis{entry.key, entry.key_where, {}, {}};
    for (const YamlNode& item : entry.value.items) {
      axis.values.push_back(to_json(item, problems));
      axis.value_where.push_back(item.where);
    }
    axes.push_back(std::move(axis));
  }
  return axes;
}

std::vector<Json> read_skips(const YamlNode& skip, const std::vector<Axis>& axes,
                             Problems& problems) {
  std::vector<Json> skips;
  if (!skip.is_sequence()) {
    problems.add(skip.where,
                 fmt::format("'skip' must be a list of assignments like [{{ltp: true}}], not {}",
                             kind_name(skip)));
    return skips;
  }
  for (const YamlNode& item : skip.items) {
    if (!item.is_map() || item.entries.empty()) {
      problems.add(item.where, "each entry of 'skip' must be an assignment like {ltp: true}");
      continue;
    }
    Json assignment = to_json(item, problems);
    Problems found;
    check_skip(item, axes, assignment, found);
    const bool usable = found.empty();
    if (!usable) check_skip(item, axes, assignment, problems);
    if (usable) skips.push_back(std::move(assignment));
  }
  return skips;
}

std::vector<Json> product(const std::vector<Axis>& axes, const std::vector<Json>& skips) {
  std::vector<Json> assignments{Json::object()};
  for (const Axis& axis : axes) {
    std::vector<Json> longer;
    longer.reserve(assignments.size() * axis.values.size());
    for (const Json& assignment : assignments) {
      for (const Json& value : axis.values) {
        longer.push_back(assignment);
        longer.back()[axis.name] = value;
      }
    }
    assignments = std::move(longer);
  }
  std::erase_if(assignments, [&](const Json& assignment) {
    return std::any_of(skips.begin(), skips.end(),
                       [&](const Json& skip) { return agrees(assignment, skip); });
  });
  return assignments;
}

std::string label_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.dump();
  std::vector<std::string> parts;
  for (const Json& item : value) parts.push_back(label_text(item));
  return fmt::format("{}", fmt::join(parts, "/"));
}

std::string fill_label(std::string_view pattern, const Json& values, const Position& where,
                       Problems& problems) {
  std::string label;
  while (!pattern.empty()) {
    const size_t open = std::min(pattern.find('{'), pattern.size());
    label += pattern.substr(0, open);
    pattern.remove_prefix(open);
    if (pattern.empty()) break;
    const size_t close = pattern.find('}');
    if (close == std::string_view::npos) {
      problems.add(where, "'label' has a '{' without '}'");
      break;
    }
    const std::string name(pattern.substr(1, close - 1));
    if (values.contains(name)) {
      label += label_text(values.at(name));
    } else {
      std::vector<std::string> known;
      for (const auto& item : values.items()) known.push_back(item.key());
      problems.add(where, fmt::format("'label' uses {{{}}}, which this entry does not set{}", name,
                                      suggestion(name, known)));
    }
    pattern.remove_prefix(close + 1);
  }
  return label;
}

}  // namespace skipbench
