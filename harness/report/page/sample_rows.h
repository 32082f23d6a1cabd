#pragma once

#include <nlohmann/json.hpp>

#include "harness/report/judge/report_data.h"

namespace skipbench {

/// How many samples a page may hold, and how long a reply in it may be.
struct SampleLimits {
  int64_t rows = 20'000;
  size_t reply_bytes = 600;
};

/// The samples of a model's cells as samples.js reads them. Where they are more than the page may
/// hold, the first of every cell, and `total` says how many there are.
nlohmann::ordered_json sample_rows(const StoreReader& reader, const ModelCells& model,
                                   const SampleLimits& limits);

}  // namespace skipbench
