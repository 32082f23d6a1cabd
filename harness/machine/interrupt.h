#pragma once

#include <signal.h>

#include <functional>

namespace skipbench {

/// Catches SIGINT and SIGTERM while it lives: the first one is remembered, so that a sweep can stop
/// between two steps; a second one ends the program at once (the database is safe: a unit is
/// one transaction). One object at a time, in the main thread.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  /// The signal that arrived, or 0.
  static int pending();

 private:
  stack_t stack_before_;  // for signals
};

/// Thrown between two steps (a measurement, a self-check, a text of a calibration) when the run has
/// been asked to stop; the sample at hand is dropped.
struct Interrupted {
  int signal;
};

/// Throws Interrupted when there is a signal, as `pending_signal` says.
void stop_when_asked(const std::function<int()>& pending_signal);

}  // namespace skipbench
