#pragma once

#include <cstdint>
#include <string>

#include "kernels/base/json.h"

namespace skipbench {

// What of an experiment measuring needs to know.

struct ModelSpec {
  std::string checkpoint;         // as inspect_checkpoint() takes it
  std::string device = "auto";    // auto | cpu | cuda | cuda:<i>
  std::string dtype = "auto";     // auto | fp32 | bf16 | fp16
  int line = 0, column = 0;       // of the checkpoint in the file, for messages
  std::string device_place = "";  // of the device: "file:line:column", or "--set key=value"
};

struct TaskSpec {
  std::string task;  // a name of all_tasks()
  Json params;       // resolved
  int line = 0;      // of the entry in the file, for messages
};

struct TimingSpec {
  /// Accuracy only: one round, no warm-ups, no times and peaks, and methods that leave the prompt's
  /// computation as it is share one prefill.
  bool none = false;
  int64_t warmup = 1;   // untimed runs of a shape that was not run before
  int64_t repeats = 1;  // timed rounds of every sample and method
  /// Whether a GPU's attention is planned for every length before the clock starts, and a new
  /// length has no warm-up of its own: for what a user's next prompt takes, and for fast scoring
  /// runs.
  bool plan_ahead = false;
};

/// A method of the sweep on one model: what the runner runs and the database stores.
struct MethodCell {
  std::string label;
  std::string method;  // as find_method() takes it
  Json params;         // resolved: preset, overrides and defaults
};

}  // namespace skipbench
