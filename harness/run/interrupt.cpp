#include "harness/run/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include <initializer_list>

namespace skipbench {
namespace {

volatile sig_atomic_t pending_signal = 0;

// Only what is allowed inside a signal handler. SA_RESETHAND lets a second signal kill.
void remember(int signal_number) {
  pending_signal = signal_number;
  static constexpr char kMessage[] =
      "\nstopping after this step, the unfinished sample will be measured again; once more to stop "
      "now\n";
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, kMessage, sizeof(kMessage) - 1);
}

void install(void (*handler)(int), int flags) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  for (const int number : {SIGINT, SIGTERM}) sigaction(number, &action, nullptr);
}

}  // namespace

InterruptGuard::InterruptGuard() {
  pending_signal = 0;
  install(remember, SA_RESETHAND | SA_RESTART);
}

InterruptGuard::~InterruptGuard() {
  install(SIG_DFL, 0);
}

int InterruptGuard::pending() {
  return pending_signal;
}

void stop_when_asked(const std::function<int()>& pending) {
  if (const int signal = pending(); signal != 0) throw Interrupted{signal};
}

}  // namespace skipbench
