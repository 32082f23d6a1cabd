#include "harness/cli/terminal_width.h"

#include <sys/ioctl.h>
#include <unistd.h>

namespace skipbench {

size_t terminal_width() {
  winsize size{};
  if (isatty(STDOUT_FILENO) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

}  // namespace skipbench
