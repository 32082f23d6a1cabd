#pragma once

namespace skipbench {

/// Catches SIGINT and SIGTERM while it lives: the first one is remembered, so that a sweep can stop
/// between two measurements; a second one ends the program at once (the database is safe: a unit is
/// one transaction). One object at a time.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  /// The signal that arrived, or 0.
  static int pending();
};

}  // namespace skipbench
