#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/store/store.h"

namespace skipbench {

/// What figures need of one stored row: all columns but the bulky ones.
struct Observation : RowColumns {
  std::string sample_id;
  int64_t round = 0;
  int64_t run = 0;                            // that measured it
  std::vector<std::optional<double>> scores;  // points, in the order of the cell's metrics
};

/// A figure of one row; empty where the row has none.
using RowFigure = std::function<std::optional<double>(const Observation&)>;

}  // namespace skipbench
