#include "harness/workers/coordinator.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "harness/machine/cpu_cores.h"
#include "harness/machine/interrupt.h"
#include "harness/measure/sample_row.h"
#include "harness/workers/plan_message.h"
#include "harness/workers/worker_devices.h"
#include "harness/workers/worker_messages.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

// So many workers a sample may bring down before it is given up.
constexpr int kCrashesAllowed = 2;
// Signals are looked for at least this often.
constexpr int kPollMs = 200;

// "was ended by signal 9 (SIGKILL); perhaps ..."
std::string how_it_ended(const std::string& end) {
  if (end.empty()) return "hung up";
  const bool killed = end.find("SIGKILL") != std::string::npos;
  return fmt::format("was ended by {}{}", end,
                     killed ? "; perhaps memory ran out: fewer workers need less" : "");
}

}  // namespace

Coordinator::Coordinator(RunState& state, std::vector<RestingWorker>& resting)
    : state_(state),
      resting_(resting),
      slots_(static_cast<size_t>(state.options.workers)),
      loads_(state.plan, slots_.size()) {
  require_equal_gpus(state.plan, state.options.workers);
  resting_.resize(slots_.size());
  for (size_t index = 0; index < slots_.size(); ++index) {
    slots_[index].process = std::move(resting_[index].process);
    slots_[index].cpus = std::move(resting_[index].cpus);
  }
}

void Coordinator::run() {
  try {
    while (anyone_busy() || !state_.queue.empty()) step();
    rest_all();
  } catch (const Interrupted& interrupted) {
    stop_all(interrupted.signal);
    throw;
  }
}

void Coordinator::step() {
  stop_when_asked(state_.options.pending_signal);
  for (size_t index = 0; index < slots_.size(); ++index) {
    while (!slots_[index].work && give_work(index)) {
    }
  }
  if (anyone_busy()) {
    wait_for_news();
  } else if (!state_.queue.empty()) {
    state_.wait_for_others();
  }
}

bool Coordinator::anyone_busy() const {
  return std::any_of(slots_.begin(), slots_.end(),
                     [](const Slot& slot) { return slot.work.has_value(); });
}

// False when there is nothing for this worker now.
bool Coordinator::give_work(size_t index) {
  if (state_.queue.empty() || !may_take(index, state_.queue.next_model())) return false;
  std::optional<Work> work = state_.queue.next();
  if (!work) return false;
  const size_t model = work->place.model;
  if (loads_.is_given_up(model)) {
    store_failure(*work, "each worker that loaded the model " + loads_.reason(model));
    return true;
  }
  if (!may_take(index, model)) {  // the queue came to the next model
    state_.queue.put_back(std::move(*work));
    return false;
  }
  state_.show(*work);
  Slot& slot = slots_[index];
  if (!slot.has_plan) tell_plan(index);
  // Whether it arrives shows when the worker is heard of.
  slot.process->channel().send(measure_message(work->place));
  slot.work = std::move(work);
  slot.ready = false;
  return true;
}

bool Coordinator::may_take(size_t index, size_t model) const {
  if (loads_.is_given_up(model)) return true;  // to be stored as failed
  if (loads_.is_given_up(model, index)) return false;
  return !loads_.wants_one_alone(model) || !anyone_at(model);
}

bool Coordinator::anyone_at(size_t model) const {
  return std::any_of(slots_.begin(), slots_.end(), [model](const Slot& slot) {
    return slot.work && slot.work->place.model == model;
  });
}

void Coordinator::tell_plan(size_t index) {
  if (state_.outcome.measured == 0) state_.check_artefact_folder();
  WorkerTask task;
  task.plan = plan_message(state_.plan);
  task.database = state_.options.database.string();
  task.run = state_.run_id;
  task.coordinator = getpid();
  task.threads = at::get_num_threads();
  task.worker = static_cast<int>(index);
  task.profile = state_.options.profile;
  const bool on_cpu = std::all_of(state_.plan.models.begin(), state_.plan.models.end(),
                                  [](const PlannedModel& model) { return model.device.is_cpu(); });
  if (on_cpu) task.cpus = cpus_of_worker(task.worker, static_cast<int>(slots_.size()));
  Slot& slot = slots_[index];
  if (!slot.process || slot.cpus != task.cpus) {
    slot.process = std::make_unique<WorkerProcess>(state_.options.worker_program, task.threads);
  }
  slot.process->channel().send(task_message(task));
  slot.cpus = std::move(task.cpus);
  slot.has_plan = true;
}

void Coordinator::wait_for_news() {
  std::vector<pollfd> waits;
  std::vector<size_t> indices;
  for (size_t index = 0; index < slots_.size(); ++index) {
    if (!slots_[index].process) continue;
    waits.push_back({slots_[index].process->channel().descriptor(), POLLIN, 0});
    indices.push_back(index);
  }
  if (poll(waits.data(), waits.size(), kPollMs) <= 0) return;  // or a signal
  for (size_t i = 0; i < waits.size(); ++i) {
    if (waits[i].revents != 0 && !hear(indices[i])) lost(indices[i]);
  }
}

// False when the worker is gone.
bool Coordinator::hear(size_t index) {
  Channel& channel = slots_[index].process->channel();
  const bool there = channel.fill();
  while (const std::optional<Json> message = channel.next()) heard(index, *message);
  return there;
}

void Coordinator::heard(size_t index, const Json& message) {
  Slot& slot = slots_[index];
  if (message.contains("note")) {
    state_.progress.note(
        fmt::format("worker {}: {}", index + 1, message.at("note").get<std::string>()));
  } else if (message.contains("ready")) {
    loads_.loaded(slot.work->place.model, index);
    slot.ready = true;
    state_.progress.begin();
  } else if (message.contains("rests")) {
    slot.has_plan = false;
  } else if (message.contains("done")) {
    state_.outcome.profiles += message.at("profiles").get<int64_t>();
    done(slot, message.at("done"));
  } else if (message.at("input")) {
    throw InputError(message.at("failed").get<std::string>());
  } else {
    throw ContractError(message.at("failed").get<std::string>());
  }
}

void Coordinator::done(Slot& slot, double harness_ms) {
  const Work work = std::move(*slot.work);
  slot.work.reset();
  // Also tells the store that this run asked for the rows.
  WorkUnit stored = work.unit;
  look_up(stored, state_.store);
  if (!stored.complete()) {
    throw ContractError(fmt::format("a worker says that sample '{}' is stored, but it is not",
                                    work.unit.prepared.sample.id));
  }
  state_.measured(work, harness_ms);
}

void Coordinator::lost(size_t index) {
  Slot& slot = slots_[index];
  const std::string how = how_it_ended(slot.process->wait());
  slot.process.reset();
  slot.has_plan = false;
  if (!slot.work) return;
  Work work = std::move(*slot.work);
  slot.work.reset();
  if (!slot.ready) return lost_while_loading(index, std::move(work), how);
  if (++work.crashes >= kCrashesAllowed) {
    return store_failure(work, "each worker that measured it " + how);
  }
  state_.progress.note(fmt::format("worker {} {}; its sample is measured again", index + 1, how));
  state_.queue.put_back(std::move(work));
}

// That is not the sample's fault.
void Coordinator::lost_while_loading(size_t index, Work work, const std::string& how) {
  const size_t model = work.place.model;
  loads_.lost(model, index, how);
  state_.progress.note(fmt::format("worker {}, loading {}, {}{}", index + 1,
                                   state_.plan.models[model].name, how,
                                   loads_.is_given_up(model, index) ? "; given up" : ""));
  state_.queue.put_back(std::move(work));
}

void Coordinator::store_failure(const Work& work, const std::string& reason) {
  const PlannedModel& model = state_.plan.models[work.place.model];
  WorkUnit unit = work.unit;
  look_up(unit, state_.store);
  if (unit.complete()) {
    state_.progress.note(
        fmt::format("profiles of sample '{}' are missing: {}", unit.prepared.sample.id, reason));
  }
  std::vector<SampleRow> rows;
  for (size_t method = 0; method < unit.keys.size(); ++method) {
    for (size_t round = 0; round < unit.keys[method].size(); ++round) {
      if (!unit.missing[method][round]) continue;
      SampleRow& row =
          rows.emplace_back(row_of_sample(model, unit.prepared, unit.keys[method][round]));
      row.params = model.methods[method].cell.params;
      row.status = RowStatus::kError;
      row.error = reason;
    }
  }
  state_.store.write(state_.run_id, rows);
  state_.measured(work, 0);
}

// They close the database before they say that they rest, so that the run can end it.
void Coordinator::rest_all() {
  for (Slot& slot : slots_) {
    if (slot.has_plan) slot.process->channel().send(rest_message());
  }
  for (size_t index = 0; index < slots_.size(); ++index) {
    Slot& slot = slots_[index];
    while (slot.has_plan) {
      if (!hear(index)) lost(index);
    }
    resting_[index] = {std::move(slot.process), std::move(slot.cpus)};
  }
}

// A worker stops between two steps, or at once when it has nothing at hand.
void Coordinator::stop_all(int signal) {
  for (const Slot& slot : slots_) {
    if (slot.process) slot.process->channel().send(stop_message(signal));
  }
  for (size_t index = 0; index < slots_.size(); ++index) {
    if (!slots_[index].process) continue;
    while (hear(index)) {
    }
    slots_[index].process->wait();
    slots_[index].process.reset();
  }
}

}  // namespace skipbench
