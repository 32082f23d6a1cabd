#include "tests/harness/cli/support/processes.h"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "harness/machine/cpu_cores.h"

namespace skipbench {
namespace {

struct State {
  char letter = 'X';
  pid_t parent = 0;
};

// "4711 (name with spaces) S 4710 ...".
State state_of(const std::string& process) {
  std::ifstream file("/proc/" + process + "/stat");
  std::string line;
  std::getline(file, line);
  State state;
  const size_t end = line.rfind(')');
  if (end != std::string::npos) {
    std::istringstream(line.substr(end + 1)) >> state.letter >> state.parent;
  }
  return state;
}

bool lives(const State& state) {
  return state.letter != 'Z' && state.letter != 'X';
}

}  // namespace

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    pid_t process = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), process).ec != std::errc{})
      continue;
    const State state = state_of(name);
    if (state.parent == parent && lives(state)) children.push_back(process);
  }
  return children;
}

bool is_running(pid_t process) {
  return lives(state_of(std::to_string(process)));
}

WithTheCpusOfOneWorker::WithTheCpusOfOneWorker(int workers) {
  for (const CpuCore& core : usable_cores()) all_.insert(all_.end(), core.begin(), core.end());
  stay_on_cpus(cpus_of_worker(0, workers));
}

WithTheCpusOfOneWorker::~WithTheCpusOfOneWorker() {
  stay_on_cpus(all_);
}

}  // namespace skipbench
