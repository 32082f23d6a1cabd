#pragma once

#include <string>
#include <vector>

#include "harness/run/runner.h"
#include "harness/search/record.h"

namespace skipbench {

/// How an experiment ended: its labels and the settings of its searches together.
struct ExperimentOutcome {
  RunOutcome run;
  std::vector<SearchRecord> searches;  // those that came to an end
};

/// run_plan(), then labels that were added or changed after the baseline was timed, with the
/// baseline beside them in rounds of their own (RunOptions::retime; without it they are named,
/// since they have no speed-up), then the searches one after the other. Each setting that a search
/// tries is a label of its own, measured beside the baseline in rounds of its own and stored as any
/// other row; given again, a search that was killed goes the same way through what is stored and
/// continues. Weights are loaded, and workers started, once for all. When all have ended, a run
/// without rows of its own keeps how, for reports.
ExperimentOutcome run_experiment(Plan& plan, const RunOptions& options);

/// What --dry-run says of the searches: range, settings at most, and how long they may take,
/// warm-ups included and the loading of weights not, whose rate nobody knows before; at the end all
/// together, with the plan's ordinary labels.
std::string describe_searches(const Plan& plan);

}  // namespace skipbench
