#include "harness/machine/cpu_cores.h"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <string>

namespace skipbench {
namespace {

// CPUs of one core share this text.
std::string siblings_of(int cpu) {
  std::ifstream file(
      fmt::format("/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list", cpu));
  std::string siblings;
  if (!std::getline(file, siblings)) siblings = std::to_string(cpu);
  return siblings;
}

}  // namespace

std::vector<CpuCore> usable_cores() {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return {{0}};
  std::vector<CpuCore> cores;
  std::map<std::string, size_t> known;  // siblings -> index in `cores`
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed)) continue;
    const auto [core, is_new] = known.emplace(siblings_of(cpu), cores.size());
    if (is_new) cores.emplace_back();
    cores[core->second].push_back(cpu);
  }
  return cores;
}

int threads_of_worker(int workers) {
  return std::max(1, static_cast<int>(usable_cores().size()) / workers);
}

std::vector<int> cpus_of_worker(int index, int workers) {
  const std::vector<CpuCore> cores = usable_cores();
  const size_t share = cores.size() / static_cast<size_t>(workers);
  std::vector<int> cpus;
  for (size_t i = 0; i < share; ++i) {
    const CpuCore& core = cores[static_cast<size_t>(index) * share + i];
    cpus.insert(cpus.end(), core.begin(), core.end());
  }
  return cpus;
}

void stay_on_cpus(const std::vector<int>& cpus) {
  if (cpus.empty()) return;
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  for (const int cpu : cpus) CPU_SET(cpu, &allowed);
  // A wish: where it is not granted, the system's scheduler decides.
  sched_setaffinity(0, sizeof(allowed), &allowed);
}

}  // namespace skipbench
