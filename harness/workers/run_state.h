#pragma once

#include <cstdint>

#include "harness/plan/plan.h"
#include "harness/run/progress.h"
#include "harness/run/runner.h"
#include "harness/store/store.h"
#include "harness/workers/work_queue.h"

namespace skipbench {

/// A run under way: what measuring in this process and in workers have in common.
struct RunState {
  const Plan& plan;
  const RunOptions& options;
  Store& store;
  WorkQueue& queue;
  Progress& progress;
  RunOutcome& outcome;
  int64_t run_id;
  bool told_of_others = false;  // that this run waits for another

  /// Shows which sample is at hand.
  void show(const Work& work);
  /// Counts the sample's missing rows as measured and lets it go.
  void measured(const Work& work, double ms_outside_model);
  /// For when all samples that are left are another run's: waits a little, telling so once. Throws
  /// Interrupted.
  void wait_for_others();
  /// Throws ArtefactFolderError where a sweep would find out half-way that it cannot keep what it
  /// calibrates.
  void check_artefact_folder() const;
};

}  // namespace skipbench
