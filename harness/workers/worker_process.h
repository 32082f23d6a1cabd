#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "harness/workers/channel.h"

namespace skipbench {

/// The descriptor at which a worker finds its channel.
inline constexpr int kWorkerChannel = 3;

/// A worker process of this program, `skipbench worker`, and the channel to it. A worker ends when
/// the channel does, or with this process, however that ends.
class WorkerProcess {
 public:
  /// Starts it with so many threads for numeric libraries. Throws ContractError where the system
  /// starts no more processes.
  WorkerProcess(const std::filesystem::path& program, int threads);
  /// Kills it if it is still there.
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  Channel& channel() { return channel_; }
  /// Waits for the end; "signal 9 (SIGKILL)" or "exit code 3", "" when it ended well.
  std::string wait();

 private:
  Channel channel_;
  pid_t pid_ = -1;
};

}  // namespace skipbench
