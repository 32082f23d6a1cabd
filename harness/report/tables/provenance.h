#pragma once

#include "harness/report/judge/report_data.h"
#include "harness/report/tables/document.h"

namespace skipbench {

/// The runs behind an experiment's tables (command, commit, build, libraries, machine, times), and
/// for every cell of every model the rows behind it, the runs that measured them, and what its
/// figures are true for (hashes of code, model file, method, data and protocol, 12 digits each).
Section provenance_section(const StoreReader& reader, const ExperimentData& experiment);

}  // namespace skipbench
