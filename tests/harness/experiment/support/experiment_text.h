#pragma once

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "harness/experiment/experiment.h"
#include "kernels/base/error.h"
#include "tests/support/scratch_folder.h"

namespace skipbench {

/// Loads `text` as the file "e.yaml". What goes wrong is returned, with the folder taken out of it.
class ExperimentText {
 public:
  explicit ExperimentText(const std::string& text) : file_(folder_ / "e.yaml") {
    std::ofstream(file_) << text;
  }

  Experiment load(const std::vector<std::string>& settings = {}) const {
    return load_experiment(file_, settings);
  }

  /// The problems, one a line, as "e.yaml:line:column: message"; "" when there are none.
  std::string problems(const std::vector<std::string>& settings = {}) const {
    try {
      load(settings);
      return "";
    } catch (const InputError& error) {
      return without_folder(error.what());
    }
  }

  std::filesystem::path folder() const { return folder_.path(); }

  std::string without_folder(std::string message) const {
    const std::string folder = folder_.path().string() + "/";
    for (size_t at; (at = message.find(folder)) != std::string::npos;) {
      message.erase(at, folder.size());
    }
    return message;
  }

 private:
  ScratchFolder folder_;
  std::filesystem::path file_;
};

/// Sets an environment variable for the life of the object.
class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name) {
    const char* before = std::getenv(name);
    had_ = before != nullptr;
    before_ = had_ ? before : "";
    setenv(name, value.c_str(), 1);
  }
  ~Environment() { had_ ? setenv(name_, before_.c_str(), 1) : unsetenv(name_); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
  bool had_;
  std::string before_;
};

}  // namespace skipbench
