#include "harness/report/prompt_lines.h"

#include <fmt/format.h>

#include "harness/report/fields.h"

namespace skipbench {

std::string drift_line(const ModelCells& model) {
  const JudgedCell* worst = nullptr;
  for (const JudgedCell& cell : model.cells) {
    if (!times_drift(cell)) continue;
    if (!worst || *cell.prompts->drift > *worst->prompts->drift) worst = &cell;
  }
  return fmt::format(
      "drifting-times: prompts of equal length took very different times within one run (the "
      "baseline's quartiles lie {:.0f}% of the median apart on {}): trust speed-ups, which are "
      "paired, above milliseconds.",
      100 * *worst->prompts->drift, task_name(worst->record.plan));
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
