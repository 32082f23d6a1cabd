#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/run/unit_finder.h"
#include "kernels/base/json.h"

namespace skipbench {

// What coordinator and worker say to each other. The coordinator begins with a WorkerTask and then
// names one sample after the other; when there are no more, the worker rests until the next run's
// coordinator comes with another task, or hangs up.

/// The first message: everything that a worker needs to know.
struct WorkerTask {
  Json plan;             // plan_message()
  std::string database;  // opened by the worker
  int64_t run = 0;       // whose rows it writes
  int coordinator = 0;   // the process that started it, and whose end it must not outlive
  int threads = 1;
  int worker = 0;           // which of the workers, from 0
  std::vector<int> cpus{};  // to stay on; empty: where the system likes
  bool profile = false;     // as RunOptions
};
Json task_message(const WorkerTask& task);
WorkerTask task_of_message(const Json& message);

/// "Measure this sample."
Json measure_message(const SamplePlace& place);
SamplePlace place_of_message(const Json& message);
/// "Stop between two measurements, for this signal."
Json stop_message(int signal);

/// "Let the plan and the database go, keep the weights, and wait for another WorkerTask."
Json rest_message();
/// "That is done."
Json rests_message();

/// "The model of the sample at hand is loaded and its methods are ready."
Json ready_message();
/// "The sample at hand is stored, with so many profiles; so much of the time went by outside the
/// model."
Json done_message(double harness_ms, int64_t profiles);
/// A line for the person who waits.
Json note_message(const std::string& line);
/// "The run cannot go on"; `input`: the user can mend it.
Json failed_message(const std::string& reason, bool input);

}  // namespace skipbench
