#include "harness/workers/worker_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <vector>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

// The end that stays here and the worker's; none is left open in other processes by accident.
std::array<int, 2> socket_pair() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    throw ContractError(fmt::format("no socket for a worker: {}", strerror(errno)));
  }
  return ends;
}

// This process's environment with the number of threads that OpenMP and MKL read at their start.
std::vector<std::string> environment(int threads) {
  static constexpr std::array<std::string_view, 2> kNames{"OMP_NUM_THREADS=", "MKL_NUM_THREADS="};
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    if (!text.starts_with(kNames[0]) && !text.starts_with(kNames[1])) variables.emplace_back(text);
  }
  for (const std::string_view name : kNames)
    variables.push_back(fmt::format("{}{}", name, threads));
  return variables;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (std::string& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

// What the new process starts with: its end of the channel, nothing to read from the terminal.
class FileActions {
 public:
  explicit FileActions(int channel) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, channel, kWorkerChannel);
  }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

pid_t spawn(const std::filesystem::path& program, int channel, int threads) {
  std::vector<std::string> arguments{"skipbench", "worker"};
  std::vector<std::string> variables = environment(threads);
  const FileActions actions(channel);
  pid_t pid = -1;
  const int error = posix_spawn(&pid, program.c_str(), actions.get(), nullptr,
                                pointers(arguments).data(), pointers(variables).data());
  if (error == 0) return pid;
  throw ContractError(
      fmt::format("cannot start a worker ({}): {}", program.string(), strerror(error)));
}

std::string signal_name(int number) {
  const char* name = sigabbrev_np(number);
  return name == nullptr ? "" : fmt::format(" (SIG{})", name);
}

}  // namespace

WorkerProcess::WorkerProcess(const std::filesystem::path& program, int threads) : channel_(-1) {
  const std::array<int, 2> ends = socket_pair();
  Channel mine(ends[0]);
  const Channel of_worker(ends[1]);
  pid_ = spawn(program, of_worker.descriptor(), threads);
  channel_ = std::move(mine);
}

WorkerProcess::~WorkerProcess() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  wait();
}

std::string WorkerProcess::wait() {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  if (WIFSIGNALED(status)) {
    return fmt::format("signal {}{}", WTERMSIG(status), signal_name(WTERMSIG(status)));
  }
  const int code = WEXITSTATUS(status);
  return code == 0 ? "" : fmt::format("exit code {}", code);
}

}  // namespace skipbench
