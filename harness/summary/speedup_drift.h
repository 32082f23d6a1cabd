#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "harness/statistics/statistics.h"
#include "harness/summary/prompt_facts.h"

namespace skipbench {

/// A method's speed-up on one prompt, and what its work is known by.
struct PromptSpeedup {
  int64_t tokens = 0, flops = 0;  // flops: counted, of the method's prefill
  double speedup = 0;             // median over rounds of baseline / method
};

/// One for each prompt that one run timed under both. Rows come sorted by sample, then round.
std::vector<PromptSpeedup> prompt_speedups(std::span<const PromptRow> method,
                                           std::span<const PromptRow> baseline);

/// How far a method's speed-ups drift within a task, where equal work should mean equal speed-ups:
/// each prompt's speed-up over the median of the prompts of equal work; third quartile - first
/// quartile of these. Groups of fewer than four prompts do not count; empty when none has as many.
/// As time_drift() says it of times.
std::optional<double> speedup_drift(std::span<const PromptSpeedup> prompts);

/// Two tasks on which a method's speed-ups at equal work disagree most.
struct TasksApart {
  size_t slow = 0, fast = 0;  // places of the tasks
  int64_t tokens = 0;         // of the shortest prompt of equal work
  MedianEstimate slow_speedup, fast_speedup;
  double gap = 0;  // lower end of the fast interval / upper end of the slow one
};

/// What a method's speed-ups say of how far its times can be trusted. Prompts whose length and
/// whose counted FLOPs agree within 1% are equal work, whichever task they come from, so that the
/// intervals of their medians (median_interval()) should overlap. Where they do not, the times
/// followed something else: the speed of the host that launches the kernels, say, which full
/// attention of long prompts does not show, or the first use of shapes. Of all lengths and pairs of
/// tasks the one whose intervals lie farthest apart, not corrected for their number; empty where no
/// two tasks have six prompts of equal work each, or all intervals overlap.
std::optional<TasksApart> farthest_apart(std::span<const std::vector<PromptSpeedup>> tasks);

}  // namespace skipbench
