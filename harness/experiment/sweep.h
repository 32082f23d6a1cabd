#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/yaml/yaml_tree.h"
#include "kernels/base/json.h"

namespace skipbench {

/// One axis of a sweep: a parameter and the values it takes in turn.
struct Axis {
  std::string name;
  Position where;
  std::vector<Json> values;
  std::vector<Position> value_where;
};

/// Reads `sweep: {name: [values]}`. Empty axes and values that are no list are problems.
std::vector<Axis> read_axes(const YamlNode& sweep, Problems& problems);

/// Reads `skip: [{name: value}]`: each a partial assignment. Names that are no axis and values that
/// the axis does not take are problems (such a skip would silently leave nothing out).
std::vector<Json> read_skips(const YamlNode& skip, const std::vector<Axis>& axes,
                             Problems& problems);

/// Every assignment of the axes, the last one turning fastest, but those that agree with a skip.
/// Without axes one empty assignment.
std::vector<Json> product(const std::vector<Axis>& axes, const std::vector<Json>& skips);

/// A value as a label shows it: text bare, lists as "0.6/0.45", the rest as JSON.
std::string label_text(const Json& value);

/// `pattern` with each {name} replaced by values[name]; a name that is not there is a problem.
std::string fill_label(std::string_view pattern, const Json& values, const Position& where,
                       Problems& problems);

}  // namespace skipbench
