#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace skipbench {

/// What a finished program left behind.
struct Finished {
  int exit_code = -1;  // -1: a signal ended it
  int signal = 0;
  std::string out, err;
};

/// The built skipbench as a child process. Its output goes to files in `folder`, whose names start
/// with `name`.
class Program {
 public:
  Program(const std::vector<std::string>& arguments, const std::string& folder,
          const std::string& name = "");

  pid_t pid() const { return pid_; }
  void kill(int signal);
  Finished wait();

 private:
  std::string output_;  // where its files are: folder and start of the name
  pid_t pid_;
};

/// Runs the program to its end.
Finished run_program(const std::vector<std::string>& arguments, const std::string& folder);

}  // namespace skipbench
