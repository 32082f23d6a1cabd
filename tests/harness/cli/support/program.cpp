#include "tests/harness/cli/support/program.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace skipbench {
namespace {

std::string content(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

void redirect(int descriptor, const std::string& file) {
  const int target = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  dup2(target, descriptor);
  close(target);
}

}  // namespace

Program::Program(const std::vector<std::string>& arguments, const std::string& folder,
                 const std::string& name)
    : output_(folder + "/" + name) {
  std::vector<char*> argv{const_cast<char*>("skipbench")};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const std::string out = output_ + "stdout", err = output_ + "stderr";
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("fork failed");
  if (pid_ > 0) return;
  redirect(STDOUT_FILENO, out);
  redirect(STDERR_FILENO, err);
  execv(SKIPBENCH_PROGRAM, argv.data());
  _exit(127);
}

void Program::kill(int signal) {
  ::kill(pid_, signal);
}

Finished Program::wait() {
  int status = 0;
  waitpid(pid_, &status, 0);
  Finished finished;
  if (WIFEXITED(status)) finished.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) finished.signal = WTERMSIG(status);
  finished.out = content(output_ + "stdout");
  finished.err = content(output_ + "stderr");
  return finished;
}

Finished run_program(const std::vector<std::string>& arguments, const std::string& folder) {
  return Program(arguments, folder).wait();
}

}  // namespace skipbench
