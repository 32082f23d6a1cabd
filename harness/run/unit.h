#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "harness/run/interrupt.h"
#include "harness/run/plan.h"
#include "harness/run/session.h"

namespace skipbench {

/// One sample under all its methods: what is measured together and stored in one transaction.
struct Unit {
  const PlannedTask* task;
  const Subset* subset;
  int64_t index;  // of the sample in the subset
  PreparedSample prepared;
  std::vector<std::vector<RowKey>> keys;   // [method][round]
  std::vector<std::vector<bool>> missing;  // [method][round]: not in the database yet
  std::vector<RowKey> counted;             // measured by an earlier plan, asked for all the same
  std::vector<bool> unprofiled;  // [method]: asked for a profile that is not there; or none asked
  /// The baseline beside a setting of a search: block 0 has its profile.
  std::optional<size_t> profiled_in_block_0;

  bool complete() const;
  bool profiled() const;  // every profile that was asked for is there
  int64_t missing_rows() const;
};

/// Measures units on one model. Rounds are interleaved in a seeded random order, so that drift and
/// heat hit all methods alike.
class UnitRunner {
 public:
  /// `phase` is told of warm-ups: what is warmed up, and "" when that is done.
  UnitRunner(const Plan& plan, const PlannedModel& model, ModelSession& session,
             std::function<int()> pending_signal, ModelSession::Note phase);

  /// The rows that were missing. A baseline that is stored already is run once more when others
  /// need it for comparison, but not returned. Throws Interrupted.
  std::vector<SampleRow> run(const Unit& unit);

  /// A repetition of the sample under a method that nothing times but its profile: operations
  /// between two events each are slower. Throws Interrupted.
  std::variant<SampleProfile, Failure> profile(const Unit& unit, size_t method);

  /// Time spent in the model so far; the rest of run() is the harness's own.
  double model_ms() const { return model_ms_; }

 private:
  struct Outcome {
    std::vector<std::optional<Measurement>> rounds;  // [round]
    std::vector<int64_t> positions;                  // [round]: place in the random order
    std::optional<Failure> failure;
    const Measurement* first() const;
  };

  void measure_rounds(const Unit& unit, std::vector<Outcome>& outcomes);
  void attempt(size_t method, const Unit& unit, int64_t round, Outcome& outcome);
  void warm_up_shape(size_t method, const Job& job);
  Measurement measure_warm(size_t method, const Job& job);
  std::vector<size_t> order(const Unit& unit, int64_t round) const;
  std::vector<SampleRow> rows(const Unit& unit, const std::vector<Outcome>& outcomes) const;

  const Plan& plan_;
  const PlannedModel& model_;
  ModelSession& session_;
  PromptBuilder prompts_;
  std::function<int()> pending_signal_;
  ModelSession::Note phase_;
  double model_ms_ = 0;
};

}  // namespace skipbench
