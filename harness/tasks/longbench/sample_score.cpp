#include "harness/tasks/longbench/sample_score.h"

#include <algorithm>

namespace skipbench {

const Metric& longbench_metric(const LongBenchTask& task, CodeRatio ratio) {
  const bool variant = task.metric == "code_sim" && ratio == CodeRatio::kLevenshtein;
  return find_metric(variant ? "code_sim_levenshtein" : task.metric);
}

std::string_view scored_part(const LongBenchTask& task, std::string_view prediction) {
  if (!task.first_line) return prediction;
  prediction.remove_prefix(std::min(prediction.find_first_not_of('\n'), prediction.size()));
  return prediction.substr(0, prediction.find('\n'));
}

double longbench_sample_score(const LongBenchTask& task, CodeRatio ratio,
                              std::string_view prediction, std::span<const std::string> answers,
                              std::span<const std::string> classes) {
  return best_score(longbench_metric(task, ratio), scored_part(task, prediction), answers, classes);
}

}  // namespace skipbench
