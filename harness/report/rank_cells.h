#pragma once

#include <functional>
#include <optional>
#include <span>

#include "harness/report/report_data.h"
#include "harness/store/statistics.h"

namespace skipbench {

/// A figure of one sample.
using AccuracyFigure = std::function<std::optional<double>(const SampleAccuracy&)>;

/// a - b on the samples of both; the lists are sorted by sample.
PromptValues accuracy_differences(std::span<const SampleAccuracy> a,
                                  std::span<const SampleAccuracy> b, const AccuracyFigure& figure);

/// Finds in every task the best score of each metric and the lowest loss, and what cannot be told
/// from them: the paired sign-flip test against the best on the samples that both have, Holm-
/// corrected over the column. Ranked are the cells with as many samples as the most complete one,
/// full attention among them; of equal cells the first is the best.
void rank_cells(const StoreReader& reader, ModelCells& model);

}  // namespace skipbench
