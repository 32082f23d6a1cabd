#pragma once

#include <nlohmann/json.hpp>

#include "harness/report/figures/figure.h"

namespace skipbench {

/// A figure as figures.js reads it. A point is [x, y, x low, x high, y low, y high, note]; bounds
/// that it does not have are null.
nlohmann::ordered_json figure_json(const Figure& figure);

}  // namespace skipbench
