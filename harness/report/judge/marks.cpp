#include "harness/report/judge/marks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "harness/report/judge/fields.h"
#include "harness/report/judge/label_text.h"
#include "harness/report/judge/prompt_lines.h"
#include "harness/summary/speedup_limit.h"
#include "kernels/base/error.h"
#include "kernels/base/json.h"

namespace skipbench {
namespace {

using Runs = Mark::Runs;

template <class Predicate>
bool any_shown(const ModelCells& model, Predicate predicate) {
  return std::any_of(model.cells.begin(), model.cells.end(), [&](const JudgedCell& cell) {
    return cell.state != CellState::kOutdated && predicate(cell);
  });
}

bool has_random_weights(const ModelCells& model, const Runs&) {
  return any_shown(model, [](const JudgedCell& c) { return c.record.summary.random_weights; });
}

bool is_dirty(const ModelCells& model, const Runs&) {
  return any_shown(model, [](const JudgedCell& c) { return c.record.summary.git_dirty; });
}

bool mixes_versions(const ModelCells& model, const Runs&) {
  return any_shown(model, [](const JudgedCell& c) { return c.outdated; });
}

bool mixes_machines(const ModelCells& model, const Runs&) {
  return any_shown(model, [](const JudgedCell& c) { return c.outdated_reason == "machine"; });
}

bool mixes_protocols(const ModelCells& model, const Runs&) {
  return any_shown(model, [](const JudgedCell& c) { return c.outdated_reason == "protocol"; });
}

bool drifts(const ModelCells& model, const Runs&) {
  return !model.unsteady.empty() || any_shown(model, times_drift);
}

std::vector<std::string> drift_sentences(const ModelCells& model, const Runs&) {
  return drift_lines(model);
}

bool has_slow_paths(const ModelCells& model, const Runs&) {
  return any_shown(model, has_slow_path);
}

bool is_too_fast_somewhere(const ModelCells& model, const Runs&) {
  return any_shown(model, is_marked_too_fast);
}

/// With the cell whose interval lies farthest above what is possible.
std::vector<std::string> too_fast_sentences(const ModelCells& model, const Runs&) {
  const auto excess = [](const JudgedCell* cell) {
    const CellSummary& s = cell->record.summary;
    return *s.speedup_ttft_low / *s.speedup_ttft_limit;
  };
  std::vector<const JudgedCell*> marked;
  for (const JudgedCell& cell : model.cells) {
    if (is_marked_too_fast(cell)) marked.push_back(&cell);
  }
  const JudgedCell& worst = **std::max_element(
      marked.begin(), marked.end(), [&](auto* a, auto* b) { return excess(a) < excess(b); });
  return {fmt::format(
      "{} speed-up{} marked †, first of all {} on {}: the whole interval lies more than {:.0f}% "
      "above {}, the most that its saved work allows. Something other than the method, such as "
      "another load on the machine, decided these times.",
      marked.size(), marked.size() == 1 ? " is" : "s are", label_text(worst.record.plan.label),
      task_name(worst.record.plan), 100 * kLimitTolerance,
      field_text(worst, "speedup_ttft_limit"))};
}

bool is_host_bound_somewhere(const ModelCells& model, const Runs&) {
  return any_shown(model, is_host_bound);
}

/// With the cell whose GPU waited most.
std::vector<std::string> host_bound_sentences(const ModelCells& model, const Runs&) {
  const JudgedCell* worst = nullptr;
  size_t marked = 0;
  for (const JudgedCell& cell : model.cells) {
    if (cell.state == CellState::kOutdated || !is_host_bound(cell)) continue;
    ++marked;
    if (worst == nullptr || cell.host_wait > worst->host_wait) worst = &cell;
  }
  return {fmt::format(
      "{} speed-up{} marked ‡: during more than {:.0f}% of the prefill, under the method or the "
      "baseline, the GPU waited for the host, longest ({:.1f}%) for {} on {}. Launches and "
      "questions "
      "to the device, and not what a method saves, set these times: longer prompts or a larger "
      "model show its worth, and column speedup_busy of --format csv what remains without the "
      "waiting.",
      marked, marked == 1 ? " is" : "s are", 100 * kHostBoundShare, 100 * worst->host_wait,
      label_text(worst->record.plan.label), task_name(worst->record.plan))};
}

bool is_incomplete(const ModelCells& model, const Runs&) {
  return std::any_of(model.cells.begin(), model.cells.end(), [](const JudgedCell& cell) {
    // Running out of memory is a result.
    const int64_t ended = cell.record.summary.n + cell.record.summary.n_oom;
    return cell.state == CellState::kOutdated || ended < cell.record.plan.expected_n;
  });
}

/// The most workers that shared a device while rows of the tables were measured; 1 without workers.
int64_t workers_per_device(const Runs& runs) {
  int64_t most = 1;
  for (const RunRecord& run : runs) {
    if (run.current_rows == 0) continue;
    Json machines = Json::parse(run.info.machine_json, nullptr, false);
    if (machines.is_object()) machines = Json::array({machines});
    for (const Json& machine : machines) {
      if (machine.is_object()) most = std::max(most, machine.value("workers_per_device", most));
    }
  }
  return most;
}

bool shares_devices(const ModelCells&, const Runs& runs) {
  return workers_per_device(runs) > 1;
}

std::vector<std::string> sharing_sentences(const ModelCells&, const Runs& runs) {
  return {fmt::format("up to {} workers ran on one device and disturbed each other's times.",
                      workers_per_device(runs))};
}

constexpr std::array kMarks{
    Mark{"random-weights", has_random_weights, "times and work alone, no accuracy."},
    Mark{"dirty-tree", is_dirty, "built from sources with uncommitted changes."},
    Mark{"mixed-versions", mixes_versions,
         "figures with * were measured with another version than the newest."},
    Mark{"mixed-machines", mixes_machines, "figures of several machines in one table."},
    Mark{"mixed-protocols", mixes_protocols,
         "prompts or decoding differ between figures of one task."},
    Mark{"drifting-times", drifts, "times differ by more than prompts and work explain.",
         drift_sentences},
    Mark{"too-fast", is_too_fast_somewhere,
         "speed-ups marked † are above what the saved work allows.", too_fast_sentences},
    Mark{"host-bound", is_host_bound_somewhere,
         "speed-ups marked ‡ are of times in which the GPU waited for the host.",
         host_bound_sentences},
    Mark{"slow-path", has_slow_paths,
         "operations ran as something slower than the kernel meant for them; such times have no "
         "speed-up."},
    Mark{"incomplete", is_incomplete, "not every planned sample is behind these figures."},
    Mark{"shared-device", shares_devices, "several workers ran on one device.", sharing_sentences},
};

}  // namespace

std::span<const Mark> all_marks() {
  return kMarks;
}

std::vector<std::string> marks_of(const ModelCells& model, const std::vector<RunRecord>& runs) {
  std::vector<std::string> names;
  for (const Mark& mark : kMarks) {
    if (mark.applies(model, runs)) names.emplace_back(mark.name);
  }
  return names;
}

std::vector<std::string> explain_mark(std::string_view name, const ModelCells& model,
                                      const std::vector<RunRecord>& runs) {
  for (const Mark& mark : kMarks) {
    if (mark.name != name) continue;
    std::vector<std::string> lines{std::string(mark.meaning)};
    if (mark.sentences != nullptr) lines = mark.sentences(model, runs);
    for (std::string& line : lines) line = fmt::format("{}: {}", name, line);
    return lines;
  }
  throw ContractError(fmt::format("the mark '{}' has no explanation", name));
}

}  // namespace skipbench
