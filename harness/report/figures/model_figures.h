#pragma once

#include <vector>

#include "harness/report/figures/figure.h"
#include "harness/report/judge/report_data.h"

namespace skipbench {

/// What each method's accuracy (score, or loss of the right answer) costs or gains: against the
/// measured speed-up, the one that the counted FLOPs would give, and the KV cache kept; with the
/// line of the trade-offs that no other method beats in both. First the mean over all tasks, where
/// there are several, then a panel a task. Empty without accuracies.
std::vector<Figure> accuracy_figures(const ModelCells& model);

/// Time to first token, and its speed-up, against the prompt's length; of tasks that have several.
std::vector<Figure> length_figures(const ModelCells& model);

/// The measured speed-up beside the one that the counted FLOPs would give; a panel a task.
std::vector<Figure> realised_figures(const ModelCells& model);

/// The share of the prompt's tokens that each layer updated, passed on and cached; a view a task
/// and a panel a method.
std::vector<Figure> layer_figures(const StoreReader& reader, const ModelCells& model);

/// All of them, in this order, with ids that are unique within the model.
std::vector<Figure> model_figures(const StoreReader& reader, const ModelCells& model);

}  // namespace skipbench
