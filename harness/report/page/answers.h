#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/report/compare/pooled_tasks.h"

namespace skipbench {

/// What a reader asks first of one kind of accuracy: what is best, what is really worse, and what
/// is fastest among those as good. Of the mean over tasks, or of the only task.
struct Answers {
  std::string about;                   // "Score, mean over 3 tasks"
  size_t best = 0;                     // labels by their places among the pooled
  std::vector<size_t> equal = {};      // not distinguishable from the best (○), itself among them
  std::vector<size_t> worse = {};      // the least first
  std::optional<size_t> fastest = {};  // of `equal`: faster than the baseline, if one is
  std::vector<std::string> sentences = {};  // one for each; for best alone where nothing is tested
};

/// Of ranked kinds: rank_pooled().
std::vector<Answers> answers_of(const PooledTasks& pooled);

}  // namespace skipbench
