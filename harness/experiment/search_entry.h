#pragma once

#include <optional>

#include "harness/experiment/experiment.h"
#include "harness/yaml/yaml_values.h"

namespace skipbench {

/// What `search:` or `align:` of a method entry says; its method is filled in by the entry.
struct SearchClause {
  SearchSpec spec;
  Position where_parameter;
  std::optional<Saving> least = std::nullopt;  // empty: what the method saves
};

/// Reads `search: {target, over, least, low, high, tolerance, steps}` or `align: {to, value, scale,
/// tolerance, low, high, steps, samples}` of an entry; nothing when it has neither.
std::optional<SearchClause> read_search(MapReader& entry, Problems& problems);

}  // namespace skipbench
