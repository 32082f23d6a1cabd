#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace skipbench {

/// Tells how far a sweep is: one refreshing line on a terminal, else a plain line every ten
/// seconds.
class Progress {
 public:
  /// `rows` and `work` (in any unit) of the whole sweep; 0: there is none, only phases. Writes to
  /// `stream`.
  Progress(int64_t rows, double work, std::FILE* stream);

  /// A line of its own that stays.
  void note(std::string_view line);
  /// What is being done now.
  void at(std::string what);
  /// Measuring begins, and with the first call the clock of the time to go: what loading and
  /// calibrating took before does not count.
  void begin();
  /// What has to be done before that can begin, shown in its place until the phase is "". Before
  /// the first measurement a plain line names each phase when it begins: any may take minutes. What
  /// stands after a tab says how far the phase is, and makes no new one.
  void phase(std::string phase);
  /// Rows that were measured now; their share of the work decides the time to go.
  void measured(int64_t rows, double work);
  /// Rows that were there already.
  void reused(int64_t rows, double work);
  /// Ends the refreshing line.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  void show();
  void print();
  std::string line() const;

  int64_t rows_, done_ = 0;
  double work_left_, measured_work_ = 0;
  std::FILE* stream_;
  bool terminal_, line_open_ = false, any_measured_ = false;
  std::optional<Clock::time_point> start_;  // of measuring
  Clock::time_point last_shown_{};
  std::string what_, phase_;
};

}  // namespace skipbench
