#pragma once

#include "harness/tasks/metrics/metric.h"

namespace skipbench {

/// LongBench's code similarity: the prediction's first line that holds no backtick, `#` or `//`
/// (else "") against the gold line. 1 when equal, 0 when one is empty, else the similarity of
/// fuzzywuzzy without python-Levenshtein: Python's difflib ratio, rounded to hundredths.
double code_sim(const ReplyAndGold& comparison);
inline constexpr Metric kCodeSimMetric{
    .name = "code_sim",
    .summary = "similarity of the first line of code, fuzzywuzzy on difflib (LongBench)",
    .score = code_sim};

/// The same where python-Levenshtein is installed, which fuzzywuzzy then prefers: the share of code
/// points in the longest common subsequence. Published figures differ by this (+1.4 to +3.2).
double code_sim_levenshtein(const ReplyAndGold& comparison);
inline constexpr Metric kCodeSimLevenshteinMetric{
    .name = "code_sim_levenshtein",
    .summary = "code_sim as fuzzywuzzy computes it with python-Levenshtein",
    .score = code_sim_levenshtein};

}  // namespace skipbench
