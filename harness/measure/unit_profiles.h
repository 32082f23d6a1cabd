#pragma once

#include <cstdint>

#include "harness/measure/unit.h"
#include "harness/store/store.h"

namespace skipbench {

/// Asks the database which profiles of the unit it lacks; call it once the missing rows are known.
/// A sample's baseline needs one, whatever number of settings of a search is measured beside it.
void look_up_profiles(WorkUnit& unit, const Store& store);

/// Measures the profiles that the unit lacks, after its rows are stored; those of rows that failed
/// are left out. Each is stored, and counted in `added`, at once: an interrupted run lacks the
/// others, and the next one adds them. `note` is told of those that fail. Throws Interrupted.
void add_profiles(const WorkUnit& unit, UnitRunner& runner, Store& store, int64_t run_id,
                  int64_t& added, const ModelSession::Note& note);

}  // namespace skipbench
