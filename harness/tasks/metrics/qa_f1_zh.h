#pragma once

#include "harness/tasks/metrics/metric.h"

namespace skipbench {

/// The words of a Chinese text as LongBench compares them: cut by the segmenter (see
/// chinese/segmenter.h), then each in lower case, without ASCII and CJK punctuation and white
/// space; those of which nothing is left are dropped.
std::vector<std::string> normalized_chinese_words(std::string_view text);

/// LongBench's qa_f1_zh: qa_f1 over the Chinese words.
double qa_f1_zh(const ReplyAndGold& comparison);
inline constexpr Metric kQaF1ZhMetric{.name = "qa_f1_zh",
                                      .summary = "qa_f1 over Chinese words (LongBench)",
                                      .score = qa_f1_zh,
                                      .needs_chinese_words = true};

}  // namespace skipbench
