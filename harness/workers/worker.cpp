#include "harness/workers/worker.h"

#include <ATen/Parallel.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/machine/clock.h"
#include "harness/machine/cpu_cores.h"
#include "harness/machine/device.h"
#include "harness/machine/error_line.h"
#include "harness/machine/interrupt.h"
#include "harness/measure/loaded_model.h"
#include "harness/measure/loaded_weights.h"
#include "harness/measure/unit_profiles.h"
#include "harness/run/unit_finder.h"
#include "harness/store/store.h"
#include "harness/workers/channel.h"
#include "harness/workers/plan_message.h"
#include "harness/workers/worker_devices.h"
#include "harness/workers/worker_messages.h"
#include "harness/workers/worker_process.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

// Never longer than the coordinator, even if it is killed while this process computes. Ctrl-C
// reaches every process of a terminal; here the coordinator decides.
void live_with(int coordinator) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != coordinator) _exit(0);
  signal(SIGINT, SIG_IGN);
}

Plan plan_for(const WorkerTask& task) {
  Plan plan = plan_of_message(task.plan);
  spread_over_gpus(plan, task.worker);
  return plan;
}

// A worker in one run.
class Worker {
 public:
  Worker(Channel& channel, const WorkerTask& task, std::unique_ptr<LoadedWeights>& weights)
      : channel_(channel),
        run_(task.run),
        profile_(task.profile),
        plan_(plan_for(task)),
        store_(task.database, PageCheck::kNone),  // the coordinator did
        finder_(plan_),
        model_(
            plan_, weights, [this](const std::string& line) { note(line); },
            [this](const std::string& phase) { tell_progress(phase); },
            [this] { return asked_to_stop(); }) {}

  /// Until the run has no more samples; false when this process is to end.
  bool run() {
    while (const std::optional<Json> message = channel_.receive()) {
      if (message->contains("stop")) return false;
      if (message->contains("rest")) return true;
      try {
        measure(place_of_message(*message));
      } catch (const Interrupted&) {
        return false;
      }
    }
    return false;
  }

 private:
  void measure(const SamplePlace& place) {
    const Clock::time_point start = Clock::now();
    WorkUnit unit = finder_.find(place);
    look_up(unit, store_);
    if (profile_) look_up_profiles(unit, store_);
    const bool is_wanted = !unit.complete() || !unit.profiled();
    if (is_wanted) finder_.add_prompt(unit, place);
    double other_ms = milliseconds_since(start);
    int64_t profiles = 0;
    if (is_wanted) {
      if (!model_.is_loaded(place.model)) use_as_current(plan_.models[place.model].device);
      UnitRunner& runner = model_.get(place.model);
      channel_.send(ready_message());
      if (!unit.complete()) other_ms += measure_missing(unit, runner);
      add_profiles(unit, runner, store_, run_, profiles,
                   [this](const std::string& line) { note(line); });
    }
    channel_.send(done_message(other_ms, profiles));
  }

  // Returns the milliseconds outside the model.
  double measure_missing(const WorkUnit& unit, UnitRunner& runner) {
    const Clock::time_point start = Clock::now();
    const double model_before = runner.model_ms();
    store_.write(run_, runner.run(unit));
    return milliseconds_since(start) - (runner.model_ms() - model_before);
  }

  // Asked between two steps. A coordinator that is gone wants nothing more.
  int asked_to_stop() {
    bool gone = false;
    const std::optional<Json> message = channel_.poll(gone);
    if (gone) return SIGHUP;
    return message && message->contains("stop") ? message->at("stop").get<int>() : 0;
  }

  // Phases of several workers would overwrite each other: only how far a long one is makes a line.
  void tell_progress(std::string phase) {
    constexpr double kPauseMs = 10'000;
    const size_t tab = phase.find('\t');
    if (tab == std::string::npos || milliseconds_since(told_) < kPauseMs) return;
    told_ = Clock::now();
    note(phase.replace(tab, 1, ": "));
  }

  void note(const std::string& line) { channel_.send(note_message(line)); }

  Channel& channel_;
  int64_t run_;
  bool profile_;
  Plan plan_;
  Store store_;
  UnitFinder finder_;
  LoadedModel model_;
  Clock::time_point told_ = Clock::now();
};

// Runs, one after the other; the weights of one are the next one's if they fit.
void work_for_runs(Channel& channel) {
  std::unique_ptr<LoadedWeights> weights;
  while (const std::optional<Json> message = channel.receive()) {
    if (message->contains("stop")) return;
    const WorkerTask task = task_of_message(*message);
    live_with(task.coordinator);
    stay_on_cpus(task.cpus);
    at::set_num_threads(task.threads);
    if (!Worker(channel, task, weights).run()) return;
    channel.send(rests_message());
  }
}

bool somebody_is_there() {
  struct stat channel {};
  return fstat(kWorkerChannel, &channel) == 0 && S_ISSOCK(channel.st_mode);
}

}  // namespace

void run_worker() {
  if (!somebody_is_there()) {
    throw InputError("'worker' is what 'skipbench run --workers N' starts; it is not for people");
  }
  Channel channel(kWorkerChannel);
  try {
    work_for_runs(channel);
  } catch (const InputError& error) {
    channel.send(failed_message(error.what(), true));
  } catch (const std::exception& error) {
    channel.send(failed_message(error_line(error), false));
  }
}

}  // namespace skipbench
