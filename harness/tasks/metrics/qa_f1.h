#pragma once

#include "harness/tasks/metrics/metric.h"

namespace skipbench {

/// SQuAD's normalisation as LongBench applies it: lower case, the 32 ASCII punctuation characters
/// deleted, the words a, an and the taken out, split at white space. Unicode rules as in Python 3.
std::vector<std::string> normalized_words(std::string_view text);

/// n = multiset overlap of the words, P = n / |prediction|, R = n / |gold|, 2PR / (P + R); 0 when
/// n is 0.
double word_overlap_f1(std::vector<std::string> prediction, std::vector<std::string> gold);

/// LongBench's qa_f1: word_overlap_f1() of the normalised words.
double qa_f1(const ReplyAndGold& comparison);
inline constexpr Metric kQaF1Metric{
    .name = "qa_f1", .summary = "F1 over normalised words (SQuAD, LongBench)", .score = qa_f1};

}  // namespace skipbench
