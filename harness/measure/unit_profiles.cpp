#include "harness/measure/unit_profiles.h"

#include <fmt/format.h>

#include <variant>

namespace skipbench {

void look_up_profiles(WorkUnit& unit, const Store& store) {
  unit.unprofiled.clear();
  for (size_t method = 0; method < unit.keys.size(); ++method) {
    const bool to_come = unit.missing[method].front();
    unit.unprofiled.push_back(method != unit.profiled_in_block_0 &&
                              (to_come || store.lacks_profile(unit.keys[method].front())));
  }
}

void add_profiles(const WorkUnit& unit, UnitRunner& runner, Store& store, int64_t run_id,
                  int64_t& added, const ModelSession::Note& note) {
  for (size_t method = 0; method < unit.unprofiled.size(); ++method) {
    const RowKey& key = unit.keys[method].front();
    if (!unit.unprofiled[method] || !store.lacks_profile(key)) continue;
    const auto profile = runner.profile(unit, method);
    if (const auto* failure = std::get_if<Failure>(&profile)) {
      note(fmt::format("no profile of {} on {} {}, sample {}: {}", key.label, key.task, key.subset,
                       key.sample_id, failure->reason));
    } else {
      store.write_profile(run_id, key, std::get<SampleProfile>(profile));
      ++added;
    }
  }
}

}  // namespace skipbench
