#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/run/runner.h"
#include "harness/run/unit.h"
#include "harness/run/unit_finder.h"
#include "harness/store/claims.h"
#include "harness/store/store.h"

namespace skipbench {

/// A sample that is to be measured.
struct Work {
  SamplePlace place;
  Unit unit;
  double prepare_ms = 0;  // what making the prompt and asking the database took
  int crashes = 0;        // of processes that measured it
};

/// The plan's samples that the database lacks, in the order of the plan. A sample that another run
/// on the same database measures comes last, and by then is perhaps complete.
class WorkQueue {
 public:
  /// `reused` is told of rows that were found in the database.
  WorkQueue(const Plan& plan, const RunOptions& options, Store& store,
            std::function<void(const SamplePlace&, int64_t rows)> reused);

  /// The next sample, claimed by this run. Nothing when there is none, or when others measure all
  /// that are left: empty() tells. Throws Interrupted.
  std::optional<Work> next();
  bool empty() const { return returned_.empty() && waiting_.empty(); }
  /// The model of the next sample; only when not empty().
  size_t next_model() const;
  /// Hands a sample back that was not measured; it comes next.
  void put_back(Work work);
  /// The sample's rows are stored.
  void finished(const Work& work);

 private:
  struct Waiting {
    SamplePlace place;
    bool retry_failed;
  };

  std::optional<Work> claim(const Waiting& waiting);
  void look_up_missing(Unit& unit) const;

  UnitFinder finder_;
  const RunOptions& options_;
  Store& store_;
  Claims claims_;
  std::function<void(const SamplePlace&, int64_t rows)> reused_;
  std::deque<Waiting> waiting_;
  std::deque<Work> returned_;
};

}  // namespace skipbench
