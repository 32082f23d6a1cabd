#pragma once

#include <vector>

namespace skipbench {

/// The logical CPUs of one core: its hyper-threads.
using CpuCore = std::vector<int>;

/// The cores that this process may run on, at least one. Hyper-threads of one core count once,
/// because matrix products do not gain from the second.
std::vector<CpuCore> usable_cores();

/// Threads of each of so many workers: an equal share of the cores, at least one.
int threads_of_worker(int workers);

/// The logical CPUs of worker `index` (from 0) of so many, none of them another worker's; empty
/// where there are fewer cores than workers.
std::vector<int> cpus_of_worker(int index, int workers);

/// Lets this thread, and those that it will start, run on these CPUs alone; nothing changes when
/// the list is empty.
void stay_on_cpus(const std::vector<int>& cpus);

}  // namespace skipbench
