#include "harness/summary/speedup_drift.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>
#include <tuple>

namespace skipbench {
namespace {

/// One prompt of one task.
struct TaskPrompt {
  size_t task;
  const PromptSpeedup* prompt;
};

/// A task's prompts of one work.
struct TaskOfWork {
  size_t task;
  MedianEstimate speedup;  // with its interval
};

bool is_near(int64_t value, int64_t first) {
  constexpr double kEqualWork = 0.01;
  const auto allowed = kEqualWork * static_cast<double>(first);
  return static_cast<double>(std::abs(value - first)) <= allowed;
}

/// Groups of equal work: within 1% of the group's first prompt in length and in FLOPs.
std::vector<std::vector<TaskPrompt>> groups_of(std::span<const std::vector<PromptSpeedup>> tasks) {
  std::vector<TaskPrompt> all;
  for (size_t task = 0; task < tasks.size(); ++task) {
    for (const PromptSpeedup& prompt : tasks[task]) all.push_back({task, &prompt});
  }
  const auto work = [](const TaskPrompt& one) {
    return std::tie(one.prompt->tokens, one.prompt->flops);
  };
  std::stable_sort(all.begin(), all.end(),
                   [&](const TaskPrompt& a, const TaskPrompt& b) { return work(a) < work(b); });
  std::vector<std::vector<TaskPrompt>> groups;
  size_t open = 0;  // groups before it are of shorter prompts
  for (const TaskPrompt& one : all) {
    const auto holds = [&one](const std::vector<TaskPrompt>& group) {
      const PromptSpeedup& first = *group.front().prompt;
      return is_near(one.prompt->tokens, first.tokens) && is_near(one.prompt->flops, first.flops);
    };
    while (open < groups.size() &&
           !is_near(one.prompt->tokens, groups[open].front().prompt->tokens)) {
      ++open;
    }
    auto group =
        std::find_if(groups.begin() + static_cast<std::ptrdiff_t>(open), groups.end(), holds);
    if (group == groups.end()) group = groups.insert(groups.end(), std::vector<TaskPrompt>());
    group->push_back(one);
  }
  return groups;
}

/// By task, where a group has enough of its prompts.
std::vector<TaskOfWork> medians_of(const std::vector<TaskPrompt>& group) {
  std::map<size_t, std::vector<double>> speedups;
  for (const auto& [task, prompt] : group) speedups[task].push_back(prompt->speedup);
  std::vector<TaskOfWork> medians;
  for (auto& [task, values] : speedups) {
    const auto interval = median_interval(values);
    if (interval) medians.push_back({task, {quantile(values, 0.5), interval}});
  }
  return medians;
}

}  // namespace

std::vector<PromptSpeedup> prompt_speedups(std::span<const PromptRow> method,
                                           std::span<const PromptRow> baseline) {
  const auto key = [](const PromptRow& row) { return std::tie(row.sample_id, row.round); };
  std::vector<PromptSpeedup> prompts;
  std::vector<double> ratios;  // of the prompt at hand
  auto other = baseline.begin();
  for (size_t i = 0; i < method.size(); ++i) {
    const PromptRow& row = method[i];
    while (other != baseline.end() && key(*other) < key(row)) ++other;
    const bool paired = other != baseline.end() && key(*other) == key(row) &&
                        other->run == row.run && other->ttft_ms && row.ttft_ms.value_or(0) > 0;
    if (paired) ratios.push_back(*other->ttft_ms / *row.ttft_ms);
    const bool is_last = i + 1 == method.size() || method[i + 1].sample_id != row.sample_id;
    if (!is_last || ratios.empty()) continue;
    prompts.push_back({row.tokens, row.flops, *quantile(ratios, 0.5)});
    ratios.clear();
  }
  return prompts;
}

std::optional<double> speedup_drift(std::span<const PromptSpeedup> prompts) {
  constexpr size_t kEnoughPrompts = 4;
  const std::vector<PromptSpeedup> task(prompts.begin(), prompts.end());
  std::vector<double> relative;
  for (const std::vector<TaskPrompt>& group : groups_of({&task, 1})) {
    if (group.size() < kEnoughPrompts) continue;
    std::vector<double> speedups;
    for (const auto& [at, prompt] : group) speedups.push_back(prompt->speedup);
    const double median = *quantile(speedups, 0.5);
    for (const double speedup : speedups) relative.push_back(speedup / median);
  }
  if (relative.empty()) return std::nullopt;
  return *quantile(relative, 0.75) - *quantile(relative, 0.25);
}

std::optional<TasksApart> farthest_apart(std::span<const std::vector<PromptSpeedup>> tasks) {
  TasksApart farthest;
  farthest.gap = 1;
  for (const std::vector<TaskPrompt>& group : groups_of(tasks)) {
    const std::vector<TaskOfWork> medians = medians_of(group);
    if (medians.size() < 2) continue;
    // The two intervals that lie farthest apart are those of the lowest upper and the highest lower
    // end.
    const TaskOfWork *slow = nullptr, *fast = nullptr;
    for (const TaskOfWork& each : medians) {
      const Interval& ours = *each.speedup.interval;
      if (!slow || ours.high < slow->speedup.interval->high) slow = &each;
      if (!fast || ours.low > fast->speedup.interval->low) fast = &each;
    }
    const double gap = fast->speedup.interval->low / slow->speedup.interval->high;
    if (gap <= farthest.gap) continue;
    farthest = {slow->task,    fast->task,    group.front().prompt->tokens,
                slow->speedup, fast->speedup, gap};
  }
  return farthest.gap > 1 ? std::optional(farthest) : std::nullopt;
}

}  // namespace skipbench
