#include "harness/report/findings/speed_finding.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "harness/report/judge/fields.h"
#include "harness/report/judge/report_data.h"

namespace skipbench {
namespace {

double prompt_tokens(const JudgedCell* cell) {
  return cell->record.summary.prompt_tokens_mean.value_or(0);
}

double speedup(const JudgedCell* cell) {
  return *cell->record.summary.speedup_ttft;
}

/// Whether the interval of its speed-up lies above 1.
bool is_faster(const JudgedCell* cell) {
  return cell->record.summary.speedup_ttft_low.value_or(speedup(cell)) > 1;
}

/// The methods whose speed-up is shown as the highest, of those that are measurably faster than the
/// baseline where there are any; none where no method was timed beside it. What is faster than its
/// saved work allows is left out.
Cells fastest_of(const Cells& cells) {
  Cells timed;
  for (const JudgedCell* cell : cells) {
    const bool is_method =
        cell->shows_figures() && !cell->record.plan.is_baseline && !is_marked_too_fast(*cell);
    if (is_method && cell->record.summary.speedup_ttft) timed.push_back(cell);
  }
  if (std::any_of(timed.begin(), timed.end(), is_faster))
    std::erase_if(timed, std::not_fn(is_faster));
  std::stable_sort(timed.begin(), timed.end(), [](const JudgedCell* a, const JudgedCell* b) {
    return speedup(a) > speedup(b);
  });
  std::erase_if(timed, [first = timed.empty() ? nullptr : timed.front()](const JudgedCell* cell) {
    return field_text(*cell, "speedup_ttft") != field_text(*first, "speedup_ttft");
  });
  return timed;
}

std::vector<std::string> too_fast_of(const Cells& cells) {
  std::vector<std::string> labels;
  for (const JudgedCell* cell : cells) {
    if (is_marked_too_fast(*cell)) labels.push_back(cell->record.plan.label);
  }
  return labels;
}

/// "3,447 ms to the first token instead of ..." of one method, or the speed-up that several share.
std::string figures_of(const Cells& fastest, const JudgedCell& baseline) {
  const JudgedCell& first = *fastest.front();
  if (fastest.size() > 1) {
    return fmt::format(
        "a speed-up to the first token of {} each (the geometric mean of paired ratios).",
        field_text(first, "speedup_ttft"));
  }
  return fmt::format(
      "{} ms to the first token instead of {} ms (medians), a speed-up of {} (the geometric mean "
      "of paired ratios), ideal {}.",
      field_text(first, "ttft_ms_median"), field_text(baseline, "ttft_ms_median"),
      speedup_text(first), field_text(first, "ideal_speedup"));
}

/// What is fastest among cells of one prompt length.
Sentences fastest_words(const Cells& cells) {
  const Cells fastest = fastest_of(cells);
  const auto baseline = std::find_if(cells.begin(), cells.end(), [](const JudgedCell* cell) {
    return cell->record.plan.is_baseline;
  });
  if (baseline == cells.end()) return {};
  if (fastest.empty()) {
    Sentences none;
    append_list(none, "Faster than their saved work allows (†): ", too_fast_of(cells));
    return none;
  }
  std::vector<std::string> labels;
  for (const JudgedCell* cell : fastest) labels.push_back(cell->record.plan.label);
  const bool none = !is_faster(fastest.front()), one = labels.size() == 1;
  Sentences words;
  if (none) {
    words = {{"No method is measurably faster than "},
             named((*baseline)->record.plan.label, Emphasis::kAnswer),
             {"; "}};
  }
  append(words, listed(labels, Emphasis::kAnswer));
  const char* what = none ? (one ? " comes closest: " : " come closest: ")
                          : (one ? " is fastest: " : " are fastest: ");
  words.push_back({what + figures_of(fastest, **baseline)});
  append_list(words,
              " Left out, since faster than their saved work allows (†): ", too_fast_of(cells));
  return words;
}

std::string title_of(const JudgedCell& cell) {
  const PlannedCell& plan = cell.record.plan;
  return fmt::format("Speed{} at {} prompt tokens",
                     plan.task == "speed" ? "" : " on " + task_name(plan),
                     field_text(cell, "prompt_tokens_mean"));
}

}  // namespace

std::vector<Finding> speed_findings(const std::vector<Cells>& subsets) {
  const auto shorter = [](const Cells& a, const Cells& b) {
    return prompt_tokens(a.front()) < prompt_tokens(b.front());
  };
  const auto [shortest, longest] = std::minmax_element(subsets.begin(), subsets.end(), shorter);
  std::vector<Finding> findings;
  for (const auto& each : {longest, shortest}) {
    Sentences words = fastest_words(*each);
    if (!words.empty()) findings.push_back({title_of(*each->front()), std::move(words)});
    if (shortest == longest) break;
  }
  return findings;
}

}  // namespace skipbench
