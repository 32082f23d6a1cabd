#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "harness/statistics/statistics.h"
#include "harness/summary/observation.h"

namespace skipbench {

/// The same sample and round under a method and under what it is compared with.
struct Pair {
  const Observation* method;
  const Observation* baseline;
};

/// Whether the times to first token of two rows of one sample and round make a pair: one run
/// measured them one after the other, so that heat and other load hit both alike, and no operation
/// of either prefill ran off its kernel: such a time is not the method's.
bool ttft_pairs(const Observation& a, const Observation& b);

/// The same for the times until the last token, decode steps included: also equally many new
/// tokens, or a short reply would look like a fast method, and one decode path, or the ratio would
/// measure the CUDA graph.
bool e2e_pairs(const Observation& a, const Observation& b);

/// Whether the decode path alone keeps two rows from being e2e_pairs().
bool paths_differ(const Observation& a, const Observation& b);

/// Pairs of those rows that ended well; both lists are sorted by sample, then round.
std::vector<Pair> pair_rows(std::span<const Observation> method,
                            std::span<const Observation> baseline);

/// Those of the pairs for which ttft_pairs() or e2e_pairs() holds.
std::vector<Pair> pairs_that(const std::vector<Pair>& pairs,
                             bool (*match)(const Observation&, const Observation&));

/// The figure of each row that has it, by sample.
PromptValues values_of(std::span<const Observation> rows, const RowFigure& figure);

/// Method - baseline, one value a sample: scores and losses repeat from round to round, so rounds
/// are no replicates of them and are averaged.
PromptValues paired_differences(const std::vector<Pair>& pairs, const RowFigure& figure);

/// What each pair says, where it says something, one value a sample and round.
PromptValues values_of_pairs(const std::vector<Pair>& pairs,
                             const std::function<std::optional<double>(const Pair&)>& value);

/// Baseline / method, one value a sample and round: how many times faster the method is.
PromptValues paired_speedups(const std::vector<Pair>& pairs, const RowFigure& time);

/// The pairs' mean time of the baseline / mean time of the method.
std::optional<double> ratio_of_means(const std::vector<Pair>& pairs, const RowFigure& time);

}  // namespace skipbench
