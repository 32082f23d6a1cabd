#include "harness/cli/output_file.h"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>

#include "kernels/base/error.h"

namespace skipbench {

void write_output(const std::string& file, const std::string& text) {
  if (file.empty()) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    return;
  }
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream << text;
  stream.close();
  if (!stream) throw InputError(fmt::format("--out {}: the file cannot be written", file));
}

}  // namespace skipbench
