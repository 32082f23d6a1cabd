#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "harness/report/compare/comparison.h"

namespace skipbench {

/// How much a page compares: samples of all tasks, summed over the pairs. Each costs some thousands
/// of random draws.
inline constexpr int64_t kMostComparedSamples = 60'000;

/// Pairs of a model's labels, each compared once: the first label stands earlier in the experiment.
struct PairedLabels {
  // Where samples are too many for all pairs, those with the baseline alone, or none.
  std::vector<Comparison> comparisons;
};

/// By compare_two(), what `skipbench compare DB FIRST SECOND` says.
PairedLabels compare_pairs(const StoreReader& reader, const ModelCells& model,
                           int64_t most_samples = kMostComparedSamples);

/// As compare.js reads them: the columns and what is said of differences once, the rows of every
/// pair.
nlohmann::ordered_json pairs_json(const PairedLabels& pairs);

}  // namespace skipbench
