#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/statistics/statistics.h"

namespace skipbench {

/// What one sample says of a cell's accuracy, its rounds averaged.
struct SampleAccuracy {
  std::string sample_id;
  std::vector<std::optional<double>> scores;  // in the order of the cell's metrics
  std::optional<double> answer_nll;
};

/// A figure of one sample.
using AccuracyFigure = std::function<std::optional<double>(const SampleAccuracy&)>;

/// a - b on the samples of both; the lists are sorted by sample.
PromptValues accuracy_differences(std::span<const SampleAccuracy> a,
                                  std::span<const SampleAccuracy> b, const AccuracyFigure& figure);

/// sign_flip_test() of these differences, the same whenever it is asked.
double accuracy_p_value(std::span<const SampleAccuracy> a, std::span<const SampleAccuracy> b,
                        const AccuracyFigure& figure);

}  // namespace skipbench
