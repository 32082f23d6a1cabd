#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "harness/measure/measure.h"
#include "harness/measure/session.h"
#include "harness/plan/planned.h"
#include "harness/reply/prepared_sample.h"
#include "harness/store/row.h"

namespace skipbench {

/// One sample under all its methods: what is measured together and stored in one transaction.
struct WorkUnit {
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

/// How a plan's units are measured.
struct UnitRules {
  uint64_t seed = 0;  // of the experiment
  TimingSpec timing;
  /// The reply as text (PromptBuilder::prediction()).
  std::function<std::string(const Sample& sample, const std::vector<int32_t>& tokens)> reply_text;
};

/// Measures units on one model. Rounds are interleaved in a seeded random order, so that drift and
/// heat hit all methods alike.
class UnitRunner {
 public:
  /// `before_step` may throw to end a unit; `phase` is told of warm-ups: what is warmed up, and ""
  /// when that is done.
  UnitRunner(UnitRules rules, const PlannedModel& model, ModelSession& session,
             BeforeStep before_step, ModelSession::Note phase);

  /// The rows that were missing. A baseline that is stored already is run once more when others
  /// need it for comparison, but not returned. Throws what `before_step` throws.
  std::vector<SampleRow> run(const WorkUnit& unit);

  /// A repetition of the sample under a method that nothing times but its profile: operations
  /// between two events each are slower. Throws what `before_step` throws.
  std::variant<SampleProfile, Failure> profile(const WorkUnit& unit, size_t method);

  /// Time spent in the model so far; the rest of run() is the harness's own.
  double model_ms() const { return model_ms_; }

 private:
  struct Outcome {
    std::vector<std::optional<Measurement>> rounds;  // [round]
    std::vector<int64_t> positions;                  // [round]: place in the random order
    std::optional<double> busy_ms;  // of a prefill of its own, after the first one timed
    std::optional<Failure> failure;
    const Measurement* first() const;
  };

  /// What `timing: none` asks for: methods that leave the prompt as it is share its prefill.
  void measure_untimed(const WorkUnit& unit, std::vector<Outcome>& outcomes);
  void measure_rounds(const WorkUnit& unit, std::vector<Outcome>& outcomes);
  void attempt(size_t method, const WorkUnit& unit, int64_t round, Outcome& outcome);
  void warm_up_shape(const MethodCell& cell, const Method& method, const Job& job);
  Measurement measure_warm(const Method& method, const Job& job);
  std::vector<size_t> order(const WorkUnit& unit, int64_t round) const;
  std::vector<SampleRow> rows(const WorkUnit& unit, const std::vector<Outcome>& outcomes) const;

  UnitRules rules_;
  const PlannedModel& model_;
  ModelSession& session_;
  BeforeStep before_step_;
  ModelSession::Note phase_;
  double model_ms_ = 0;
};

}  // namespace skipbench
