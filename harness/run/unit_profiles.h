#pragma once

#include <cstdint>

#include "harness/run/unit.h"
#include "harness/store/store.h"

namespace skipbench {

/// Asks the database which profiles of the unit it lacks; call it once the missing rows are known.
void look_up_profiles(Unit& unit, const Store& store);

/// Measures the profiles that the unit lacks, after its rows are stored; those of rows that failed
/// are left out. Each is stored at once: an interrupted run lacks the others, and the next one adds
/// them. How many were added; `note` is told of those that fail. Throws Interrupted.
int64_t add_profiles(const Unit& unit, UnitRunner& runner, Store& store, int64_t run_id,
                     const ModelSession::Note& note);

}  // namespace skipbench
