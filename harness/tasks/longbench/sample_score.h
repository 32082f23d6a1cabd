#pragma once

#include <span>
#include <string>
#include <string_view>

#include "harness/tasks/longbench/longbench_tasks.h"
#include "harness/tasks/metrics/metric.h"

namespace skipbench {

/// Which ratio the code tasks use. Published figures differ by it, so that it has to be named.
enum class CodeRatio {
  kDifflib,      // fuzzywuzzy alone, as the benchmark installs it
  kLevenshtein,  // fuzzywuzzy where python-Levenshtein is installed as well
};

/// The metric that scores the task: code_sim goes by `ratio`.
const Metric& longbench_metric(const LongBenchTask& task, CodeRatio ratio);

/// What of a reply is scored: all, or for some tasks the first line after leading line breaks.
std::string_view scored_part(const LongBenchTask& task, std::string_view prediction);

/// The score of one reply, from 0 to 1: the best over the answers.
double longbench_sample_score(const LongBenchTask& task, CodeRatio ratio,
                              std::string_view prediction, std::span<const std::string> answers,
                              std::span<const std::string> classes);

}  // namespace skipbench
