#pragma once

#include <sys/types.h>

#include <vector>

namespace skipbench {

/// The living children of a process.
std::vector<pid_t> children_of(pid_t parent);

/// Whether the process is there and has not ended.
bool is_running(pid_t process);

/// While it lives, programs that are started run on the CPUs of the first of so many workers.
class WithTheCpusOfOneWorker {
 public:
  explicit WithTheCpusOfOneWorker(int workers);
  ~WithTheCpusOfOneWorker();
  WithTheCpusOfOneWorker(const WithTheCpusOfOneWorker&) = delete;
  WithTheCpusOfOneWorker& operator=(const WithTheCpusOfOneWorker&) = delete;

 private:
  std::vector<int> all_;
};

}  // namespace skipbench
