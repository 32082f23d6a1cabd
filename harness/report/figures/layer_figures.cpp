#include <fmt/format.h>

#include <algorithm>

#include "harness/report/figures/axes.h"
#include "harness/report/figures/cell_points.h"
#include "harness/report/figures/model_figures.h"
#include "harness/report/judge/fields.h"

namespace skipbench {
namespace {

Series layer_series(const std::vector<LayerShares>& layers, const char* name, int style,
                    double LayerShares::*share) {
  Series series{name, Drawn::kSteps, style, {}};
  for (size_t i = 0; i < layers.size(); ++i) {
    const double value = layers[i].*share;
    series.points.push_back({static_cast<double>(i),
                             value,
                             {},
                             {},
                             fmt::format("layer {}: {}", i, format_value(value, Unit::kShare))});
  }
  return series;
}

PlotAxis layer_axis(size_t layers) {
  PlotAxis axis{"layer", false, -0.5, static_cast<double>(layers) - 0.5, {}};
  const size_t step = layers > 40 ? 10 : layers > 12 ? 5 : 2;
  for (size_t layer = 0; layer < layers; layer += step) {
    axis.ticks.push_back({static_cast<double>(layer), fmt::format("{}", layer)});
  }
  return axis;
}

Panel layer_panel(const std::string& label, const std::vector<LayerShares>& layers) {
  Panel panel{label, {}, {}, {}};
  // The widest line first, so that equal shares show the narrower ones on it.
  panel.series = {layer_series(layers, "left alive", 3, &LayerShares::alive),
                  layer_series(layers, "KV cache", 2, &LayerShares::kv),
                  layer_series(layers, "attention", 0, &LayerShares::attention),
                  layer_series(layers, "FFN", 1, &LayerShares::ffn)};
  panel.x = layer_axis(layers.size());
  panel.y = y_axis(panel, "share of the prompt", Scale::kShare);
  return panel;
}

double prompt_tokens(const CellGrid& grid, const std::string& task) {
  double tokens = 0;
  for (const std::string& label : grid.labels) {
    const JudgedCell* cell = grid.find(label, task);
    if (cell) tokens = std::max(tokens, cell->record.summary.prompt_tokens_mean.value_or(0));
  }
  return tokens;
}

/// The view that opens is the one of the longest prompts, where methods skip most.
std::vector<std::string> longest_first(const CellGrid& grid) {
  std::vector<std::string> tasks = grid.tasks;
  std::stable_sort(tasks.begin(), tasks.end(), [&grid](const auto& a, const auto& b) {
    return prompt_tokens(grid, a) > prompt_tokens(grid, b);
  });
  return tasks;
}

}  // namespace

std::vector<Figure> layer_figures(const StoreReader& reader, const ModelCells& model) {
  const CellGrid grid = make_grid(model, [](const JudgedCell& cell) {
    return cell.state == CellState::kActive || cell.state == CellState::kIncomplete;
  });
  std::vector<Figure> figures;
  for (const std::string& task : longest_first(grid)) {
    Figure figure{
        "layers-" + file_name_of(task),
        "What each layer kept",
        task,
        {"Tokens as a share of the prompt, mean over samples: whose attention and FFN "
         "output was computed, which went on to the next layer, which the KV cache holds."},
        {}};
    for (const std::string& label : grid.labels) {
      const JudgedCell* cell = grid.find(label, task);
      if (!cell || !cell->shows_figures() || cell->state == CellState::kReference) continue;
      const std::vector<LayerShares> layers = reader.layer_shares(cell->record.plan);
      if (!layers.empty()) figure.panels.push_back(layer_panel(label, layers));
    }
    if (!figure.panels.empty()) figures.push_back(std::move(figure));
  }
  return figures;
}

std::vector<Figure> model_figures(const StoreReader& reader, const ModelCells& model) {
  std::vector<Figure> all = accuracy_figures(model);
  for (std::vector<Figure> more :
       {length_figures(model), realised_figures(model), layer_figures(reader, model)}) {
    for (Figure& figure : more) all.push_back(std::move(figure));
  }
  return all;
}

}  // namespace skipbench
