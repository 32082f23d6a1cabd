#include <fmt/format.h>

#include "harness/tasks/chinese/segmenter.h"
#include "harness/tasks/metrics/classification.h"
#include "harness/tasks/metrics/code_sim.h"
#include "harness/tasks/metrics/contains_answer.h"
#include "harness/tasks/metrics/count.h"
#include "harness/tasks/metrics/exact_match.h"
#include "harness/tasks/metrics/metric.h"
#include "harness/tasks/metrics/qa_f1.h"
#include "harness/tasks/metrics/qa_f1_zh.h"
#include "harness/tasks/metrics/retrieval.h"
#include "harness/tasks/metrics/rouge.h"
#include "harness/tasks/metrics/rouge_zh.h"
#include "kernels/base/error.h"
#include "kernels/base/suggest.h"

namespace skipbench {

std::span<const Metric> all_metrics() {
  static constexpr Metric metrics[] = {
      kQaF1Metric,      kQaF1ZhMetric,      kExactMatchMetric,     kContainsAnswerMetric,
      kRougeMetric,     kRougeZhMetric,     kClassificationMetric, kCountMetric,
      kRetrievalMetric, kRetrievalZhMetric, kCodeSimMetric,        kCodeSimLevenshteinMetric};
  return metrics;
}

const Metric& find_metric(std::string_view name) {
  std::vector<std::string> names;
  for (const Metric& metric : all_metrics()) {
    if (metric.name == name) return metric;
    names.emplace_back(metric.name);
  }
  throw InputError(fmt::format("unknown metric '{}'{}", name, suggestion(name, names)));
}

void load_words_of(const Metric& metric) {
  if (metric.needs_chinese_words) chinese_segmenter();
}

}  // namespace skipbench
