#include "harness/run/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>

#include "harness/run/artefact_file.h"
#include "harness/run/build_info.h"
#include "harness/run/clock.h"
#include "harness/run/machine.h"
#include "harness/run/progress.h"
#include "harness/run/session.h"
#include "harness/run/unit.h"
#include "harness/store/queries.h"

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
  info.machine_json = (machines.size() == 1 ? machines[0] : machines).dump();
  return info;
}

// A sweep must not find out half-way that it cannot keep what it calibrates.
void check_artefact_folder(const Plan& plan) {
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

// One run over a plan and a database.
class Runner {
 public:
  Runner(const Plan& plan, const RunOptions& options)
      : plan_(plan),
        options_(options),
        store_(options.database),
        progress_(plan.rows(), total_work(plan), options.messages) {}

  RunOutcome run() {
    const Clock::time_point start = Clock::now();
    outcome_.rows = plan_.rows();
    store_.plan_cells(planned_cells(plan_), plan_.whole ? PlanScope::kWhole : PlanScope::kPart);
    run_id_ = store_.begin_run(run_info(plan_, options_));
    try {
      for (const PlannedModel& model : plan_.models) run_model(model);
      end("done");
    } catch (const Interrupted& interrupted) {
      outcome_.signal = interrupted.signal;
      end("interrupted");
    } catch (...) {
      end("failed");
      throw;
    }
    collect_failures();
    outcome_.seconds = milliseconds_since(start) / 1000;
    if (outcome_.measured > 0) {
      outcome_.harness_ms_per_row = harness_ms_ / static_cast<double>(outcome_.measured);
    }
    return outcome_;
  }

 private:
  void end(const std::string& outcome) {
    progress_.finish();
    store_.summarise(plan_.experiment.name);
    store_.end_run(run_id_, outcome);
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

  // The weights are loaded when the first unit that is not complete needs them.
  void run_model(const PlannedModel& model) {
    std::unique_ptr<ModelSession> session;
    std::unique_ptr<UnitRunner> runner;
    const PromptBuilder prompts = model.prompts(plan_.experiment.seed);
    for (size_t task = 0; task < plan_.tasks.size(); ++task) {
      for (size_t subset = 0; subset < plan_.tasks[task].subsets.size(); ++subset) {
        const double work = plan_.row_work(model, task, subset);
        for (int64_t i = 0; i < plan_.tasks[task].subsets[subset].samples; ++i) {
          if (const int signal = options_.pending_signal(); signal != 0) throw Interrupted{signal};
          const Clock::time_point start = Clock::now();
          const Unit unit = make_unit(model, prompts, task, subset, i);
          const double prepare_ms = milliseconds_since(start);
          const int64_t stored = row_count(unit) - unit.missing_rows();
          outcome_.reused += stored;
          progress_.reused(stored, work * static_cast<double>(stored));
          if (unit.complete()) continue;
          if (!session) {
            if (outcome_.measured == 0) check_artefact_folder(plan_);
            session = std::make_unique<ModelSession>(
                model, [this](const std::string& line) { progress_.note(line); });
            runner = std::make_unique<UnitRunner>(plan_, model, *session, options_.pending_signal);
          }
          harness_ms_ += prepare_ms;
          run_unit(unit, *runner);
          progress_.measured(unit.missing_rows(), work * static_cast<double>(unit.missing_rows()));
        }
      }
    }
  }

  static int64_t row_count(const Unit& unit) {
    return static_cast<int64_t>(unit.missing.size() * unit.missing.front().size());
  }

  Unit make_unit(const PlannedModel& model, const PromptBuilder& prompts, size_t task,
                 size_t subset, int64_t index) {
    const PlannedTask& planned = plan_.tasks[task];
    Unit unit;
    unit.task = &planned;
    unit.subset = &planned.subsets[subset];
    unit.index = index;
    unit.prepared = prompts.prepare(*planned.task, planned.spec.task, *unit.subset, index);
    for (const PlannedMethod& method : model.methods) {
      auto& keys = unit.keys.emplace_back();
      auto& missing = unit.missing.emplace_back();
      for (int64_t round = 0; round < planned.rounds; ++round) {
        keys.push_back(row_key(plan_, model, method, planned, *unit.subset, unit.prepared.sample,
                               method.block * planned.rounds + round));
        if (options_.retry_failed) store_.drop_failed(keys.back());
        missing.push_back(!store_.has(keys.back()));
      }
      ask_for_counted_blocks(method, unit);
    }
    return unit;
  }

  // Rows that this run asks for count in the tables: those of the baseline beside other settings of
  // a search too.
  void ask_for_counted_blocks(const PlannedMethod& method, const Unit& unit) {
    const int64_t rounds = unit.task->rounds;
    for (const int64_t block : method.counted_blocks) {
      for (int64_t round = 0; round < rounds; ++round) {
        RowKey key = unit.keys.back().front();
        key.round = block * rounds + round;
        store_.has(key);
      }
    }
  }

  void run_unit(const Unit& unit, UnitRunner& runner) {
    progress_.at(fmt::format("{} {}, sample {} of {}", unit.task->spec.task, unit.subset->name,
                             unit.index + 1, unit.subset->samples));
    const Clock::time_point start = Clock::now();
    const double model_before = runner.model_ms();
    const std::vector<SampleRow> rows = runner.run(unit);
    store_.write(run_id_, rows);
    harness_ms_ += milliseconds_since(start) - (runner.model_ms() - model_before);
    outcome_.measured += static_cast<int64_t>(rows.size());
  }

  const Plan& plan_;
  const RunOptions& options_;
  Store store_;
  Progress progress_;
  RunOutcome outcome_;
  int64_t run_id_ = 0;
  double harness_ms_ = 0;
};

}  // namespace

RunOutcome run_plan(const Plan& plan, const RunOptions& options) {
  return Runner(plan, options).run();
}

}  // namespace skipbench
