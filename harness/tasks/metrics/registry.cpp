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
      {"qa_f1", "F1 over normalised words (SQuAD, LongBench)", qa_f1},
      {"qa_f1_zh", "qa_f1 over Chinese words (LongBench)", qa_f1_zh, false, true},
      {"exact_match", "normalised words are the same (SQuAD)", exact_match},
      {"contains_answer", "the answer stands in the reply, upper or lower case", contains_answer},
      {"rouge", "ROUGE-L F1 as in package rouge 1.0.1 (LongBench)", rouge},
      {"rouge_zh", "rouge over Chinese words (LongBench)", rouge_zh, false, true},
      {"classification", "the one class named in the reply is right (LongBench)", classification,
       true},
      {"count", "share of the reply's numbers that are right (LongBench)", count},
      {"retrieval", "share of the reply's numbers that name the right paragraph (LongBench)",
       retrieval},
      {"retrieval_zh", "retrieval for Chinese paragraphs (LongBench)", retrieval_zh},
      {"code_sim", "similarity of the first line of code, fuzzywuzzy on difflib (LongBench)",
       code_sim},
      {"code_sim_levenshtein", "code_sim as fuzzywuzzy computes it with python-Levenshtein",
       code_sim_levenshtein},
  };
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
