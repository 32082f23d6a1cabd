#include "harness/tasks/metrics/metric.h"

#include <algorithm>

namespace skipbench {

double best_score(const Metric& metric, std::string_view prediction,
                  std::span<const std::string> answers, std::span<const std::string> classes) {
  double best = 0.0;
  for (const std::string& answer : answers) {
    best = std::max(best, metric.score({prediction, answer, classes}));
  }
  return best;
}

MetricValue score_metric(std::string_view name, std::string_view prediction,
                         std::span<const std::string> answers) {
  return {std::string(name), 100.0 * best_score(find_metric(name), prediction, answers)};
}

}  // namespace skipbench
