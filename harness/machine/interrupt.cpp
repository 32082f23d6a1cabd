#include "harness/machine/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <initializer_list>

#include "kernels/base/check.h"

namespace skipbench {
namespace {

volatile sig_atomic_t pending_signal = 0;

// What is interrupted may keep data below its stack pointer (LibTorch's oneDNN does), which a
// handler on the same stack would overwrite. Linux hands a process's signals to its main thread,
// whose stack for signals this is.
alignas(std::max_align_t) std::byte handler_stack[64 << 10];

stack_t exchange_handler_stack(const stack_t& stack) {
  stack_t before{};
  require(sigaltstack(&stack, &before) == 0, "sigaltstack: {}", std::strerror(errno));
  return before;
}

stack_t own_handler_stack() {
  stack_t stack{};
  stack.ss_sp = handler_stack;
  stack.ss_size = sizeof(handler_stack);
  return stack;
}

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

InterruptGuard::InterruptGuard() : stack_before_(exchange_handler_stack(own_handler_stack())) {
  pending_signal = 0;
  install(remember, SA_RESETHAND | SA_RESTART | SA_ONSTACK);
}

InterruptGuard::~InterruptGuard() {
  install(SIG_DFL, 0);
  sigaltstack(&stack_before_, nullptr);
}

int InterruptGuard::pending() {
  return pending_signal;
}

void stop_when_asked(const std::function<int()>& pending) {
  if (const int signal = pending(); signal != 0) throw Interrupted{signal};
}

}  // namespace skipbench
