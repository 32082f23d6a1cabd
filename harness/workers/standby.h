#pragma once

#include <memory>
#include <vector>

#include "harness/measure/loaded_weights.h"
#include "harness/workers/worker_process.h"

namespace skipbench {

/// A worker that rests: it has no plan and no database open, but its weights.
struct RestingWorker {
  std::unique_ptr<WorkerProcess> process;  // null: none
  std::vector<int> cpus{};                 // that it stays on
};

/// What a run leaves to the next one of the same process. Whoever runs several plans one after the
/// other, as a search does with its settings, loads weights and starts workers once.
struct Standby {
  std::unique_ptr<LoadedWeights> weights;  // of a run without workers
  std::vector<RestingWorker> workers;      // by place
};

}  // namespace skipbench
