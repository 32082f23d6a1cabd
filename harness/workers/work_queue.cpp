#include "harness/workers/work_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/machine/clock.h"
#include "harness/machine/interrupt.h"
#include "harness/measure/unit_profiles.h"

namespace skipbench {
namespace {

// The same for all runs that would write rows of this sample.
std::string claim_name(const WorkUnit& unit) {
  const RowKey& key = unit.keys.front().front();
  return fmt::format("{}\x1f{}\x1f{}\x1f{}\x1f{}\x1f{}", key.experiment, key.model, key.task,
                     key.subset, key.data_hash, key.sample_id);
}

void drop_failed(const WorkUnit& unit, Store& store) {
  for (const std::vector<RowKey>& rounds : unit.keys) {
    for (const RowKey& key : rounds) store.drop_failed(key);
  }
}

}  // namespace

WorkQueue::WorkQueue(const Plan& plan, const RunOptions& options, Store& store,
                     std::function<void(const SamplePlace&, int64_t rows)> reused)
    : plan_(plan),
      finder_(plan),
      options_(options),
      store_(store),
      claims_(options.database),
      reused_(std::move(reused)) {
  for (const SamplePlace& place : sample_places(plan)) {
    waiting_.push_back({place, options.retry_failed});
  }
}

void WorkQueue::find_stored() {
  if (options_.retry_failed || !store_.has_any(plan_.experiment.name)) return;
  for (size_t left = waiting_.size(); left > 0; --left) {
    stop_when_asked(options_.pending_signal);
    Waiting waiting = waiting_.front();
    waiting_.pop_front();
    WorkUnit unit = finder_.find(waiting.place);
    look_up_missing(unit);
    tell_reused(waiting, row_count(unit) - unit.missing_rows());
    if (!unit.complete() || !unit.profiled()) waiting_.push_back(waiting);
  }
}

std::optional<Work> WorkQueue::next() {
  if (!returned_.empty()) {
    Work work = std::move(returned_.front());
    returned_.pop_front();
    return work;
  }
  for (size_t left = waiting_.size(); left > 0; --left) {
    stop_when_asked(options_.pending_signal);
    const Waiting waiting = waiting_.front();
    waiting_.pop_front();
    if (std::optional<Work> work = claim(waiting)) return work;
  }
  return std::nullopt;
}

size_t WorkQueue::next_model() const {
  return returned_.empty() ? waiting_.front().place.model : returned_.front().place.model;
}

void WorkQueue::look_up_missing(WorkUnit& unit) const {
  look_up(unit, store_);
  if (options_.profile) look_up_profiles(unit, store_);
}

// Only those that were not told of yet.
void WorkQueue::tell_reused(Waiting& waiting, int64_t rows) {
  if (rows > waiting.told) reused_(waiting.place, rows - waiting.told);
  waiting.told = std::max(waiting.told, rows);
}

std::optional<Work> WorkQueue::claim(Waiting waiting) {
  const Clock::time_point start = Clock::now();
  Work work{waiting.place, finder_.find(waiting.place)};
  WorkUnit& unit = work.unit;
  look_up_missing(unit);
  if (unit.complete() && unit.profiled() && !waiting.retry_failed) {
    tell_reused(waiting, row_count(unit));
    return std::nullopt;
  }
  const std::string name = claim_name(unit);
  if (!claims_.take(name)) {
    waiting_.push_back(waiting);
    return std::nullopt;
  }
  if (waiting.retry_failed) drop_failed(unit, store_);
  look_up_missing(unit);  // another run may just have finished it
  tell_reused(waiting, row_count(unit) - unit.missing_rows());
  if (unit.complete() && unit.profiled()) {
    claims_.give_back(name);
    return std::nullopt;
  }
  finder_.add_prompt(unit, work.place);
  work.prepare_ms = milliseconds_since(start);
  return work;
}

void WorkQueue::put_back(Work work) {
  returned_.push_front(std::move(work));
}

void WorkQueue::finished(const Work& work) {
  claims_.give_back(claim_name(work.unit));
}

}  // namespace skipbench
