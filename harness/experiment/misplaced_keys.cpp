#include "harness/experiment/misplaced_keys.h"

#include <fmt/format.h>

#include <string_view>

namespace skipbench {
namespace {

struct Misplaced {
  std::string_view key, place;
};

constexpr std::string_view kMethod = "an entry of 'methods', beside its 'method'";
constexpr std::string_view kModel = "'model': {checkpoint: smollm2-135m, device: cpu}";

constexpr Misplaced kMisplaced[] = {
    {"search", "an entry of 'methods', beside its 'params'"},
    {"align", "an entry of 'methods', beside its 'params'"},
    {"params", kMethod},
    {"preset", kMethod},
    {"sweep", kMethod},
    {"then", kMethod},
    {"samples", "an entry of 'tasks': {task: needle, lengths: [512], samples: 4}"},
    {"lengths", "an entry of 'tasks': {task: needle, lengths: [512], samples: 4}"},
    {"limit", "an entry of 'tasks'; the option --limit holds for all of them"},
    {"checkpoint", kModel},
    {"device", kModel},
    {"dtype", kModel},
    {"warmup", "'timing': {warmup: 1, repeats: 3}"},
    {"repeats", "'timing': {warmup: 1, repeats: 3}"},
    {"workers", "'launcher': {kind: local, workers: 4}"},
};

}  // namespace

void refuse_misplaced_keys(MapReader& experiment, Problems& problems) {
  for (const auto& [key, place] : kMisplaced) {
    if (experiment.node().find(key) == nullptr) continue;
    experiment.find(key);  // read: it is named neither as unknown nor as what may stand here
    problems.add_cause(experiment.node().locate(key),
                       fmt::format("'{}' belongs to {}", key, place));
  }
}

}  // namespace skipbench
