#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "harness/machine/interrupt.h"
#include "harness/plan/plan.h"

namespace skipbench {

struct RunOptions {
  std::filesystem::path database = {};
  std::string command = "";  // the command line, for provenance
  /// Rows of the plan that failed (error, invalid, oom) are measured again.
  bool retry_failed = false;
  /// Labels that were added or changed after the baseline was timed are measured with the baseline
  /// beside them again (run_experiment()).
  bool retime = false;
  /// Worker processes of this machine; 0: this process measures.
  int64_t workers = 0;
  std::filesystem::path worker_program = "/proc/self/exe";
  /// Rows of the first round get a profile each, from a repetition of their own.
  bool profile = false;
  std::FILE* messages = stderr;
  /// A signal that asks to stop, or 0; looked at between two measurements.
  std::function<int()> pending_signal = InterruptGuard::pending;
};

struct Standby;

/// How a run ended.
struct RunOutcome {
  int64_t rows = 0;      // of a complete run
  int64_t measured = 0;  // stored by this run, failed ones included
  int64_t reused = 0;    // found in the database
  /// The plan's cells with failed rows, those of earlier runs included, each with a reason.
  std::vector<std::string> failures;
  int64_t profiles = 0;       // stored by this run
  int64_t out_of_memory = 0;  // samples; a result, not a failure
  int signal = 0;             // that stopped the run, or 0
  double seconds = 0;
  double harness_ms = 0;  // outside the model, of the measured rows
};

/// Runs what the database does not hold yet, unit by unit, one transaction each; units that another
/// run measures now come last, and are not measured twice. Throws InputError before anything is
/// measured when the database cannot be used, and when it can be used no more. A model that cannot
/// be loaded becomes failed rows, and the sweep goes on.
RunOutcome run_plan(const Plan& plan, const RunOptions& options);
/// The same with what an earlier run left, leaving it to the next.
RunOutcome run_plan(const Plan& plan, const RunOptions& options, Standby& standby);

}  // namespace skipbench
