#pragma once

#include "harness/tasks/metrics/metric.h"

namespace skipbench {

/// SQuAD's normalisation as LongBench applies it: lower case, the 32 ASCII punctuation characters
/// deleted, the words a, an and the taken out, split at white space. Unicode rules as in Python 3.
std::vector<std::string> normalized_words(std::string_view text);

/// LongBench's qa_f1: n = multiset overlap of the normalised words, P = n / |prediction|,
/// R = n / |gold|, 2PR / (P + R); 0 when n is 0.
double qa_f1(const Comparison& comparison);

}  // namespace skipbench
