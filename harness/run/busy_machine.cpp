#include "harness/run/busy_machine.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace skipbench {
namespace {

// The load average of a minute remembers programs that have ended, the number of threads that run
// just now sees every short burst: busy is what both say. "0.42 0.36 0.30 3/412 1234", proc(5).
double busy_cpus() {
  double minute = 0, five = 0, fifteen = 0, running = 1;
  std::ifstream("/proc/loadavg") >> minute >> five >> fifteen >> running;
  return std::max(0.0, std::min(minute, running - 1));  // one of them is this thread
}

}  // namespace

std::string describe_load(const MachineLoad& load) {
  if (load.threads > load.cpus) {
    return fmt::format(
        "hint: {} threads share {} CPUs, which makes times long and noisy; unset OMP_NUM_THREADS "
        "to have one a core\n",
        load.threads, load.cpus);
  }
  constexpr double kTolerated = 0.5;
  const double free = load.cpus - load.busy;
  if (free >= load.threads - kTolerated) return "";
  const auto fewer = static_cast<int>(free);
  return fmt::format(
      "hint: the machine is busy (a load of {:.1f} on {} CPUs): times on {} thread{} will be long "
      "and noisy; wait until other programs have ended{}\n",
      load.busy, load.cpus, load.threads, load.threads == 1 ? "" : "s",
      fewer >= 1 && fewer < load.threads ? fmt::format(", or set OMP_NUM_THREADS={}", fewer) : "");
}

std::string busy_machine_hint(const Plan& plan) {
  const bool on_cpu = std::any_of(plan.models.begin(), plan.models.end(),
                                  [](const PlannedModel& model) { return model.device.is_cpu(); });
  if (!on_cpu) return "";
  return describe_load({.busy = busy_cpus(),
                        .cpus = static_cast<int>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN))),
                        .threads = at::get_num_threads()});
}

}  // namespace skipbench
