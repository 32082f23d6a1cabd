#include "harness/run/interrupt.h"

#include <signal.h>

#include <initializer_list>

namespace skipbench {
namespace {

volatile sig_atomic_t pending_signal = 0;

// Resets itself to the default action, so that a second signal kills.
void remember(int signal_number) {
  pending_signal = signal_number;
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

}  // namespace skipbench
