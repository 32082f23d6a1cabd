#include "harness/cli/version.h"

#include <fmt/format.h>

#include "harness/machine/build_info.h"

namespace skipbench {

std::string version_text() {
  std::string text = fmt::format("skipbench {}\ncommit {}{}\nbuild {}", version(), git_commit(),
                                 git_dirty() ? " (modified)" : "", build_flags());
  text += torch_version().empty() ? "\nwithout engine (no Torch)"
                                  : fmt::format("\ntorch {}", torch_version());
  text += cuda_version().empty() ? "\ncuda none" : fmt::format("\ncuda {}", cuda_version());
  return text;
}

}  // namespace skipbench
