#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/report/judge/fields.h"
#include "harness/report/judge/report_data.h"
#include "kernels/base/json.h"

namespace skipbench {

/// One line per cell and metric (a cell without metrics has one line), all fields; unknown values
/// are empty. Figures of outdated cells are left out, those of inactive cells are in, and `state`
/// says so. RFC 4180.
std::string print_csv(const std::vector<ExperimentData>& experiments);

/// The same as an object: experiments, their models with marks and notes, cells with their metrics;
/// with `provenance` given also the
/// runs, and the rows of each behind every cell. Unknown values are null.
std::string print_json(const std::vector<ExperimentData>& experiments,
                       const StoreReader* provenance, bool checked);

/// A value as json has it; an unknown one is null.
nlohmann::ordered_json json_value(const FieldValue& value);

/// One line of csv.
std::string csv_line(std::span<const FieldValue> values);

/// Where a cell's figures come from: its place, versions and hashes; with `provenance`
/// given also the rows of each run.
nlohmann::ordered_json json_place(const JudgedCell& cell, const StoreReader* provenance);

/// The runs of the experiments, with all that they were made with.
nlohmann::ordered_json json_runs(const std::vector<ExperimentData>& experiments);

}  // namespace skipbench
