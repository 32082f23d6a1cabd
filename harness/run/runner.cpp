#include "harness/run/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>

#include "harness/machine/build_info.h"
#include "harness/machine/clock.h"
#include "harness/machine/interrupt.h"
#include "harness/machine/machine.h"
#include "harness/measure/loaded_model.h"
#include "harness/measure/unit_profiles.h"
#include "harness/run/progress.h"
#include "harness/store/queries.h"
#include "harness/workers/coordinator.h"
#include "harness/workers/run_state.h"
#include "harness/workers/standby.h"
#include "harness/workers/work_queue.h"
#include "harness/workers/worker_devices.h"

namespace skipbench {
namespace {

double total_work(const Plan& plan) {
  double work = 0;
  for (const PlannedModel& model : plan.models) work += plan.work(model);
  return work;
}

RunInfo run_info(const Plan& plan, const RunOptions& options) {
  RunInfo info;
  info.experiment = plan.experiment.name;
  info.config_json = resolved_config(plan).dump();
  info.command = options.command;
  info.git_commit = git_commit();
  info.git_dirty = git_dirty();
  info.build_flags = build_flags();
  info.library_versions = library_versions();
  Json machines = Json::array();
  for (const PlannedModel& model : plan.models) machines.push_back(machine_info(model.device));
  std::sort(machines.begin(), machines.end());
  machines.erase(std::unique(machines.begin(), machines.end()), machines.end());
  for (Json& machine : machines) {
    if (options.workers == 0) break;
    // Those of one device disturb each other's clocks: reports tell.
    machine["workers"] = options.workers;
    machine["workers_per_device"] = workers_per_device(plan, options.workers);
  }
  info.machine_json = (machines.size() == 1 ? machines[0] : machines).dump();
  return info;
}

// One run over a plan and a database.
class Runner {
 public:
  Runner(const Plan& plan, const RunOptions& options, Standby& standby)
      : plan_(plan),
        options_(options),
        standby_(standby),
        store_(options.database),
        progress_(plan.rows(), total_work(plan), options.messages),
        queue_(plan, options, store_,
               [this](const SamplePlace& place, int64_t rows) { reused(place, rows); }) {}

  RunOutcome run() {
    const Clock::time_point start = Clock::now();
    outcome_.rows = plan_.rows();
    const PlanScope scope = plan_.whole ? PlanScope::kWhole : PlanScope::kPart;
    store_.plan_cells(plan_.cells_of_all.empty() ? planned_cells(plan_) : plan_.cells_of_all,
                      scope);
    run_id_ = store_.begin_run(run_info(plan_, options_));
    try {
      queue_.find_stored();
      say_what_is_there();
      RunState state{plan_, options_, store_, queue_, progress_, outcome_, run_id_};
      if (options_.workers > 0) {
        Coordinator(state, standby_.workers).run();
      } else {
        run_here(state);
      }
      end("done");
    } catch (const Interrupted& interrupted) {
      outcome_.signal = interrupted.signal;
      end("interrupted");
    } catch (...) {
      end_failed();
      throw;
    }
    collect_failures();
    outcome_.seconds = milliseconds_since(start) / 1000;
    return outcome_;
  }

 private:
  void end(const std::string& outcome) {
    progress_.finish();
    store_.summarise_all();
    store_.end_run(run_id_, outcome);
  }

  // What ended the run says more than what its end ran into: the same full disk, perhaps.
  void end_failed() {
    try {
      end("failed");
    } catch (const std::exception&) {
      progress_.finish();
    }
  }

  // From the database, so that a resumed run also tells of what failed before.
  void collect_failures() {
    std::set<std::string> planned;
    for (const PlannedCell& cell : planned_cells(plan_)) planned.insert(cell_name(cell));
    for (const CellRecord& cell : StoreReader(options_.database).cells(plan_.experiment.name)) {
      if (!planned.contains(cell_name(cell.plan))) continue;
      outcome_.out_of_memory += cell.summary.n_oom;
      const CellSummary& summary = cell.summary;
      const int64_t failed = summary.rows_error + summary.rows_invalid;
      if (failed == 0) continue;
      outcome_.failures.push_back(
          fmt::format("{}, {} of its rows: {}", cell_name(cell.plan), failed,
                      summary.rows_error > 0 ? summary.error : summary.invalid_reason));
    }
  }

  static std::string cell_name(const PlannedCell& cell) {
    return fmt::format("{}, {} {}, {}", cell.model, cell.task, cell.subset, cell.label);
  }

  void reused(const SamplePlace& place, int64_t rows) {
    outcome_.reused += rows;
    progress_.reused(rows, plan_.row_work(plan_.models[place.model], place.task, place.subset) *
                               static_cast<double>(rows));
  }

  void say_what_is_there() {
    if (outcome_.reused == 0 || outcome_.reused == outcome_.rows) return;
    progress_.note(fmt::format("{} of {} rows are there already", outcome_.reused, outcome_.rows));
  }

  // The weights are loaded when the first unit that is not complete needs them.
  void run_here(RunState& state) {
    LoadedModel model(
        plan_, standby_.weights, [this](const std::string& line) { progress_.note(line); },
        [this](const std::string& what) { progress_.phase(what); }, options_.pending_signal);
    while (true) {
      if (const std::optional<Work> work = queue_.next()) {
        if (outcome_.measured == 0) state.check_artefact_folder();
        run_unit(state, *work, model.get(work->place.model));
      } else if (queue_.empty()) {
        return;
      } else {
        state.wait_for_others();
      }
    }
  }

  void run_unit(RunState& state, const Work& work, UnitRunner& runner) {
    state.show(work);
    progress_.begin();
    double other_ms = work.prepare_ms;
    if (!work.unit.complete()) {
      const Clock::time_point start = Clock::now();
      const double model_before = runner.model_ms();
      store_.write(run_id_, runner.run(work.unit));
      other_ms += milliseconds_since(start) - (runner.model_ms() - model_before);
    }
    add_profiles(work.unit, runner, store_, run_id_, outcome_.profiles,
                 [this](const std::string& line) { progress_.note(line); });
    state.measured(work, other_ms);
  }

  const Plan& plan_;
  const RunOptions& options_;
  Standby& standby_;
  Store store_;
  Progress progress_;
  WorkQueue queue_;
  RunOutcome outcome_;
  int64_t run_id_ = 0;
};

}  // namespace

RunOutcome run_plan(const Plan& plan, const RunOptions& options) {
  Standby standby;
  return run_plan(plan, options, standby);
}

RunOutcome run_plan(const Plan& plan, const RunOptions& options, Standby& standby) {
  return Runner(plan, options, standby).run();
}

}  // namespace skipbench
