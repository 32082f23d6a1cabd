#include "harness/machine/error_line.h"

#include <c10/util/Exception.h>

#include <string_view>

namespace skipbench {

std::string error_line(const std::exception& error) {
  const auto* torch = dynamic_cast<const c10::Error*>(&error);
  const std::string_view text = torch != nullptr ? torch->what_without_backtrace() : error.what();
  return std::string(text.substr(0, text.find('\n')));
}

}  // namespace skipbench
