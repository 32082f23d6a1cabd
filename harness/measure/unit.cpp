#include "harness/measure/unit.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

#include "harness/machine/clock.h"
#include "harness/measure/profiled.h"
#include "harness/measure/sample_row.h"
#include "harness/measure/untimed.h"
#include "harness/tasks/sampling.h"
#include "kernels/model/prefill/plan_ahead.h"
#include "kernels/ops/attention/attention.h"
#include "kernels/ops/rows/row_buffer.h"

namespace skipbench {

bool WorkUnit::complete() const {
  return missing_rows() == 0;
}

bool WorkUnit::profiled() const {
  return std::count(unprofiled.begin(), unprofiled.end(), true) == 0;
}

namespace {

bool any_missing(const std::vector<bool>& rounds) {
  return std::find(rounds.begin(), rounds.end(), true) != rounds.end();
}

}  // namespace

int64_t WorkUnit::missing_rows() const {
  int64_t rows = 0;
  for (const auto& rounds : missing) rows += std::count(rounds.begin(), rounds.end(), true);
  return rows;
}

UnitRunner::UnitRunner(UnitRules rules, const PlannedModel& model, ModelSession& session,
                       BeforeStep before_step, ModelSession::Note phase)
    : rules_(std::move(rules)),
      model_(model),
      session_(session),
      before_step_(std::move(before_step)),
      phase_(std::move(phase)) {}

const Measurement* UnitRunner::Outcome::first() const {
  for (const auto& measurement : rounds) {
    if (measurement) return &*measurement;
  }
  return nullptr;
}

std::vector<SampleRow> UnitRunner::run(const WorkUnit& unit) {
  const auto rounds = static_cast<size_t>(unit.task->rounds);
  std::vector<Outcome> outcomes(model_.methods.size());
  for (size_t method = 0; method < outcomes.size(); ++method) {
    outcomes[method].rounds.resize(rounds);
    outcomes[method].positions.resize(rounds);
    outcomes[method].failure = session_.failure(method);
  }
  if (rules_.timing.none) {
    measure_untimed(unit, outcomes);
  } else {
    measure_rounds(unit, outcomes);
  }
  return rows(unit, outcomes);
}

void UnitRunner::measure_untimed(const WorkUnit& unit, std::vector<Outcome>& outcomes) {
  std::vector<UntimedMethod> methods;
  for (const size_t index : order(unit, 0)) {
    if (outcomes[index].failure) continue;
    const bool shares = !changes_prompt(model_.methods[index].entry.decides);
    methods.push_back({.make = [this, index] { return session_.make_method(index); },
                       .shares_prefill = shares,
                       .take =
                           [&outcome = outcomes[index]](Untimed result) {
                             outcome.rounds[0] = std::move(result.measurement);
                             outcome.failure = std::move(result.failure);
                           }});
  }
  const Clock::time_point start = Clock::now();
  skipbench::measure_untimed(session_.decoder(), methods, unit.prepared.job, before_step_);
  model_ms_ += milliseconds_since(start);
}

void UnitRunner::measure_rounds(const WorkUnit& unit, std::vector<Outcome>& outcomes) {
  for (int64_t round = 0; round < unit.task->rounds; ++round) {
    const std::vector<size_t> methods = order(unit, round);
    for (size_t place = 0; place < methods.size(); ++place) {
      before_step_();
      Outcome& outcome = outcomes[methods[place]];
      outcome.positions[round] = static_cast<int64_t>(place);
      attempt(methods[place], unit, round, outcome);
    }
  }
}

// The methods that this round needs, shuffled by the seed. The baseline joins the first round
// whenever anything is measured: fidelity is measured against it.
std::vector<size_t> UnitRunner::order(const WorkUnit& unit, int64_t round) const {
  std::vector<size_t> methods;
  for (size_t method = 0; method < model_.methods.size(); ++method) {
    const bool reference = method == model_.baseline && round == 0;
    if (unit.missing[method][round] || reference) methods.push_back(method);
  }
  const std::string stream = fmt::format("{}/{}/{}", unit.task->spec.task, unit.subset->name,
                                         unit.keys.front()[round].round);
  SampleRandom(rules_.seed, stream, unit.index).shuffle(methods);
  return methods;
}

void UnitRunner::attempt(size_t method, const WorkUnit& unit, int64_t round, Outcome& outcome) {
  if (outcome.failure) return;
  outcome.failure = failure_of(model_.device, [&] {
    const std::unique_ptr<const Method> ready = session_.make_method(method);
    warm_up_shape(model_.methods[method].cell, *ready, unit.prepared.job);
    outcome.rounds[round] = measure_warm(*ready, unit.prepared.job);
    if (outcome.busy_ms || !any_missing(unit.missing[method])) return;
    const Clock::time_point start = Clock::now();
    outcome.busy_ms = busy_ms_of_prefill(session_.decoder(), *ready, unit.prepared.job);
    model_ms_ += milliseconds_since(start);
  });
}

// A prompt's own number of rows was warmed up; a method whose budgets are shares of the prompt, or
// whose scores decide how many rows attend, may have met another one on the clock, and one whose
// cache is dropped by query head only from some length on a step whose graph was not captured yet.
Measurement UnitRunner::measure_warm(const Method& method, const Job& job) {
  const Decoder& decoder = session_.decoder();
  const auto built = [&] { return ops::attention_plans_met() + decoder.graphs_captured(); };
  const int64_t before = built();
  Measurement measured = measure(session_.decoder(), method, job);
  model_ms_ += measured.model_ms;
  if (built() == before) return measured;
  measured = measure(session_.decoder(), method, job);
  model_ms_ += measured.model_ms;
  return measured;
}

// GPU kernels and attention plans belong to a number of rows; on a CPU only the size class matters
// (pages and buffers), so a text task does not pay twice for every sample. Where all plans are made
// ahead, what else a new length needs is part of its time.
void UnitRunner::warm_up_shape(const MethodCell& cell, const Method& method, const Job& job) {
  const int64_t length = job.prompt.length();
  const auto size_class = static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(length)));
  const bool planned = rules_.timing.plan_ahead;
  const int64_t shape = planned || model_.device.is_cpu() ? size_class : ops::planned_rows(length);
  WarmShapes& warm = session_.warm();
  const std::pair computation(cell.method + cell.params.dump(), shape);
  if (warm.ran.contains(computation)) return;
  const Clock::time_point start = Clock::now();
  phase_(fmt::format("warm-up of {} at {} tokens", cell.label, length));
  if (planned && size_class > warm.planned_ahead) {
    plan_ahead(session_.decoder().model(), size_class);
    warm.planned_ahead = size_class;
  }
  for (int64_t i = 0; i < rules_.timing.warmup; ++i) {
    before_step_();
    warm_up(session_.decoder(), method, job);
  }
  warm.ran.insert(computation);
  phase_("");
  model_ms_ += milliseconds_since(start);
}

std::variant<SampleProfile, Failure> UnitRunner::profile(const WorkUnit& unit, size_t method) {
  before_step_();
  if (const auto& failure = session_.failure(method)) return *failure;
  SampleProfile profile;
  const std::optional<Failure> failure = failure_of(model_.device, [&] {
    const Job& job = unit.prepared.job;
    const std::unique_ptr<const Method> ready = session_.make_method(method);
    warm_up_shape(model_.methods[method].cell, *ready, job);
    const Clock::time_point start = Clock::now();
    profile = profile_job(session_.decoder(), *ready, job);
    model_ms_ += milliseconds_since(start);
  });
  if (failure) return *failure;
  return profile;
}

std::vector<SampleRow> UnitRunner::rows(const WorkUnit& unit,
                                        const std::vector<Outcome>& outcomes) const {
  const Measurement* reference = outcomes[model_.baseline].first();
  std::vector<SampleRow> rows;
  for (size_t method = 0; method < outcomes.size(); ++method) {
    const Outcome& outcome = outcomes[method];
    std::optional<Fidelity> fidelity;  // a method's replies are the same in every round
    if (reference != nullptr && outcome.first() != nullptr && !model_.info.random_weights) {
      fidelity = fidelity_of(model_.methods[method].entry.decides, *outcome.first(), *reference,
                             model_.device);
    }
    for (size_t round = 0; round < outcome.rounds.size(); ++round) {
      if (!unit.missing[method][round]) continue;
      SampleRow row = row_of_sample(model_, unit.prepared, unit.keys[method][round]);
      row.params = model_.methods[method].cell.params;
      row.position_in_round = outcome.positions[round];
      if (outcome.rounds[round]) {
        add_measurement(row, *outcome.rounds[round], model_, model_.methods[method].entry);
        row.busy_ms = outcome.busy_ms;
        add_scores(row, *unit.task->task, unit.prepared.sample,
                   rules_.reply_text(unit.prepared.sample, row.new_token_ids));
        if (fidelity) add_fidelity(row, *fidelity);
      } else {
        row.status = outcome.failure->status;
        row.error = outcome.failure->reason;
      }
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

}  // namespace skipbench
