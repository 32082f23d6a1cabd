#include "harness/report/judge/prompt_lines.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/report/judge/fields.h"
#include "harness/report/judge/label_text.h"
#include "harness/summary/timing_noise.h"

namespace skipbench {

namespace {

/// The method and task whose speed-ups drift most; null where nothing tells.
const JudgedCell* most_drifting(const ModelCells& model) {
  const JudgedCell* most = nullptr;
  for (const JudgedCell& cell : model.cells) {
    if (!cell.speedup_drift) continue;
    if (!most || *cell.speedup_drift > *most->speedup_drift) most = &cell;
  }
  return most;
}

/// What pairing made of the drift. Where speed-ups differ from task to task, speedups_line() says
/// more.
std::string advice(const ModelCells& model) {
  const JudgedCell* most = most_drifting(model);
  if (!most) return "";
  const std::string apart =
      fmt::format("{:.0f}% apart for {} on {}", 100 * *most->speedup_drift,
                  label_text(most->record.plan.label), task_name(most->record.plan));
  if (timing_noise(most->speedup_drift) == TimingNoise::kUnusable) {
    return fmt::format(
        " Speed-ups, although paired, drifted as well (quartiles {}): read them by their "
        "intervals.",
        apart);
  }
  if (!model.unsteady.empty()) return "";
  return fmt::format(
      " Speed-ups, which are paired, drifted less (quartiles at most {}): trust them above "
      "milliseconds.",
      apart);
}

std::string baseline_line(const ModelCells& model, const JudgedCell& worst) {
  return fmt::format(
      "prompts of equal length took very different times within one run (the baseline's quartiles "
      "lie {:.0f}% of the median apart on {}).{}",
      100 * *worst.prompts->drift, task_name(worst.record.plan), advice(model));
}

std::string speedup_text(const MedianEstimate& speedup) {
  return format_value(FieldValue(*speedup.median), Unit::kRatio);
}

std::string speedups_line(const std::vector<UnsteadyLabel>& unsteady) {
  const auto& [label, slow_task, fast_task, apart] = unsteady.front();
  std::vector<std::string> others;
  for (size_t i = 1; i < unsteady.size(); ++i) others.push_back(label_text(unsteady[i].label));
  return fmt::format(
      "on prompts of about {} tokens and equal work the median speed-up of {} is "
      "{} on {} and {} on {}, their 95% intervals {:.0f}% apart{}. Something beside the prompts "
      "decided these times, such as how fast the host launched kernels or the first use of their "
      "shapes: "
      "intervals hold within a task and not beyond it.",
      format_value(FieldValue(apart.tokens), Unit::kCount), label_text(label),
      speedup_text(apart.fast_speedup), fast_task, speedup_text(apart.slow_speedup), slow_task,
      100 * (apart.gap - 1),
      others.empty() ? "" : fmt::format(" (also apart: {})", fmt::join(others, ", ")));
}

}  // namespace

std::vector<std::string> drift_lines(const ModelCells& model) {
  const JudgedCell* worst = nullptr;
  for (const JudgedCell& cell : model.cells) {
    if (!times_drift(cell)) continue;
    if (!worst || *cell.prompts->drift > *worst->prompts->drift) worst = &cell;
  }
  std::vector<std::string> lines;
  if (worst) lines.push_back(baseline_line(model, *worst));
  if (!model.unsteady.empty()) lines.push_back(speedups_line(model.unsteady));
  return lines;
}

std::string truncation_line(const ModelCells& model) {
  PromptFacts sum;
  for (const JudgedCell& cell : model.cells) {
    if (!cell.prompts) continue;
    sum.samples += cell.prompts->samples;
    sum.truncated += cell.prompts->truncated;
    sum.truncated_tokens += cell.prompts->truncated_tokens;
  }
  if (sum.truncated == 0) return "";
  const double mean =
      static_cast<double>(sum.truncated_tokens) / static_cast<double>(sum.truncated);
  return fmt::format("{} of {} prompts were cut to fit, by {} tokens on average.", sum.truncated,
                     sum.samples, format_value(FieldValue(mean), Unit::kCount));
}

}  // namespace skipbench
