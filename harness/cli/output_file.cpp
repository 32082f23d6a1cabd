#include "harness/cli/output_file.h"

#include <cstdio>

#include "harness/base/write_file.h"

namespace skipbench {

void write_output(const std::string& file, const std::string& text) {
  if (file.empty()) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    return;
  }
  write_file("--out", file, text);
}

}  // namespace skipbench
