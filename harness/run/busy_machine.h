#pragma once

#include <string>

#include "harness/plan/plan.h"

namespace skipbench {

/// What a machine has to do, and what a run on its CPUs wants of it.
struct MachineLoad {
  double busy = 0;  // CPUs that other programs keep at work
  int cpus = 1;     // of the machine
  int threads = 1;  // of the run
};

/// One line, with what to do, where the run's threads would have to share CPUs; else nothing.
std::string describe_load(const MachineLoad& load);

/// The same of this machine now, for a plan that times its CPU.
std::string busy_machine_hint(const Plan& plan);

}  // namespace skipbench
