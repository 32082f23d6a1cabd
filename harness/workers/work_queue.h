#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/measure/unit.h"
#include "harness/run/runner.h"
#include "harness/run/unit_finder.h"
#include "harness/store/claims.h"
#include "harness/store/store.h"

namespace skipbench {

/// A sample that is to be measured.
struct Work {
  SamplePlace place;
  WorkUnit unit;
  double prepare_ms = 0;  // what making the prompt and asking the database took
  int crashes = 0;        // of processes that measured it
};

/// The plan's samples that the database lacks, in the order of the plan. A sample that another run
/// on the same database measures comes last, and by then is perhaps complete.
class WorkQueue {
 public:
  /// `reused` is told of rows that were found in the database, each once.
  WorkQueue(const Plan& plan, const RunOptions& options, Store& store,
            std::function<void(const SamplePlace&, int64_t rows)> reused);

  /// Tells of the rows that are there before the first sample is measured, and passes over the
  /// samples that need nothing. Not where failed rows are to be measured again: which rows those
  /// are shows when their turn comes. Throws Interrupted.
  void find_stored();
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
    int64_t told = 0;  // of its rows, that are there
  };

  void tell_reused(Waiting& waiting, int64_t rows);
  std::optional<Work> claim(Waiting waiting);
  void look_up_missing(WorkUnit& unit) const;

  const Plan& plan_;
  UnitFinder finder_;
  const RunOptions& options_;
  Store& store_;
  Claims claims_;
  std::function<void(const SamplePlace&, int64_t rows)> reused_;
  std::deque<Waiting> waiting_;
  std::deque<Work> returned_;
};

}  // namespace skipbench
