#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/measure/model_loads.h"
#include "harness/workers/run_state.h"
#include "harness/workers/standby.h"
#include "harness/workers/worker_process.h"

namespace skipbench {

/// Runs a plan in worker processes. Samples go out one by one to whoever is free, so that a slow
/// worker holds nobody up; a worker stores what it measured. What a worker that crashed had at hand
/// is given to a fresh one, once.
class Coordinator {
 public:
  /// Wakes the workers that rest and starts those that are missing, each when there is a sample for
  /// it. Throws InputError when the GPUs are of several kinds.
  Coordinator(RunState& state, std::vector<RestingWorker>& resting);

  /// Leaves the workers resting. Throws Interrupted once all workers have stopped, and what ends a
  /// run in a worker.
  void run();

 private:
  /// A place for one worker, with the sample that it has at hand.
  struct Slot {
    std::unique_ptr<WorkerProcess> process;
    std::vector<int> cpus;  // that it stays on; empty: where the system likes
    bool has_plan = false;  // it was told of this one
    std::optional<Work> work;
    bool ready = false;  // the sample's model is loaded
  };

  void step();
  bool give_work(size_t index);
  bool may_take(size_t index, size_t model) const;
  bool anyone_at(size_t model) const;
  void tell_plan(size_t index);
  void wait_for_news();
  bool hear(size_t index);
  void heard(size_t index, const Json& message);
  void done(Slot& slot, double harness_ms);
  void lost(size_t index);
  void lost_while_loading(size_t index, Work work, const std::string& how);
  void store_failure(const Work& work, const std::string& reason);
  bool anyone_busy() const;
  void rest_all();
  void stop_all(int signal);

  RunState& state_;
  std::vector<RestingWorker>& resting_;
  std::vector<Slot> slots_;
  ModelLoads loads_;
};

}  // namespace skipbench
