#include "harness/workers/run_state.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "harness/calibrate/artefact_file.h"
#include "harness/machine/interrupt.h"

namespace skipbench {

void RunState::show(const Work& work) {
  progress.at(fmt::format("{} {}, sample {} of {}", work.unit.task->spec.task,
                          work.unit.subset->name, work.unit.index + 1, work.unit.subset->samples));
}

void RunState::measured(const Work& work, double ms_outside_model) {
  const int64_t rows = work.unit.missing_rows();
  const SamplePlace& place = work.place;
  outcome.harness_ms += ms_outside_model;
  outcome.measured += rows;
  progress.measured(rows, plan.row_work(plan.models[place.model], place.task, place.subset) *
                              static_cast<double>(rows));
  queue.finished(work);
}

void RunState::wait_for_others() {
  if (!told_of_others) progress.note("another run measures the samples that are left; waiting");
  told_of_others = true;
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  stop_when_asked(options.pending_signal);
}

void RunState::check_artefact_folder() const {
  for (const PlannedModel& model : plan.models) {
    for (const PlannedMethod& method : model.methods) {
      if (method.artefact_hash.empty()) continue;
      const std::filesystem::path file = artefact_file(method.artefact_hash);
      if (std::filesystem::is_regular_file(file)) continue;
      require_writable(file.parent_path());
      return;
    }
  }
}

}  // namespace skipbench
