#include "harness/report/findings/fixed_cost_finding.h"

#include <fmt/format.h>

#include "harness/report/judge/fields.h"

namespace skipbench {
namespace {

/// Prompts tell something where the longest is so many times the shortest, and times hardly grow
/// where more than this share of the longest prompt's is a fixed cost. A prefill's work grows at
/// least as much as its prompt.
constexpr double kToldApart = 1.5, kMostOfIt = 0.75;

double tokens(const JudgedCell& cell) {
  return *cell.record.summary.prompt_tokens_mean;
}

double milliseconds(const JudgedCell& cell) {
  return *cell.record.summary.ttft_ms_median;
}

/// The baseline's cells of the shortest and of the longest prompts; null without any.
struct Ends {
  const JudgedCell *shortest = nullptr, *longest = nullptr;

  bool fall() const { return milliseconds(*longest) < milliseconds(*shortest); }

  bool hardly_grow() const {
    if (shortest == nullptr || milliseconds(*shortest) <= 0 || tokens(*shortest) <= 0) return false;
    const double prompts = tokens(*longest) / tokens(*shortest);
    const double times = milliseconds(*longest) / milliseconds(*shortest);
    if (prompts < kToldApart) return false;
    // Of time = fixed + growing * prompt, 1 at the shortest prompt.
    const double fixed = (prompts - times) / (prompts - 1);
    return fixed > kMostOfIt * times;
  }
};

Ends baseline_ends(const CellGrid& grid) {
  Ends ends;
  for (const auto& [place, cell] : grid.cells) {
    const CellSummary& s = cell->record.summary;
    if (!cell->record.plan.is_baseline || !cell->shows_figures()) continue;
    if (!s.prompt_tokens_mean || !s.ttft_ms_median) continue;
    if (!ends.shortest || tokens(*cell) < tokens(*ends.shortest)) ends.shortest = cell;
    if (!ends.longest || tokens(*cell) > tokens(*ends.longest)) ends.longest = cell;
  }
  return ends;
}

}  // namespace

Finding fixed_cost_finding(const CellGrid& grid) {
  const Ends ends = baseline_ends(grid);
  if (!ends.hardly_grow()) return {};
  const auto at = [](const JudgedCell& cell) {
    return fmt::format("{} ms at {} prompt tokens", field_text(cell, "ttft_ms_median"),
                       field_text(cell, "prompt_tokens_mean"));
  };
  return {"What the times can tell",
          {{"The time to first token of "},
           named(ends.shortest->record.plan.label),
           {fmt::format(
               " {} with the prompt: {}, {}. {} a fixed cost, such as launching kernels, which "
               "skipping tokens does not save: the speed-ups measured here say little of "
               "longer prompts or larger models.",
               ends.fall() ? "falls" : "hardly grows", at(*ends.shortest), at(*ends.longest),
               ends.fall() ? "The machine drifted, or most of it is" : "Most of it is")}}};
}

}  // namespace skipbench
