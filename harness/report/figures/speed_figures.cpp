#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <span>

#include "harness/report/figures/axes.h"
#include "harness/report/figures/cell_points.h"
#include "harness/report/figures/model_figures.h"

namespace skipbench {
namespace {

/// Names of tasks, in order of appearance, with their subsets as the grid names them.
std::vector<std::pair<std::string, std::vector<std::string>>> subsets_of(const ModelCells& model,
                                                                         const CellGrid& grid) {
  std::vector<std::pair<std::string, std::vector<std::string>>> tasks;
  for (const std::string& name : grid.tasks) {
    const auto cell =
        std::find_if(model.cells.begin(), model.cells.end(),
                     [&name](const JudgedCell& c) { return task_name(c.record.plan) == name; });
    const std::string& task = cell->record.plan.task;
    if (tasks.empty() || tasks.back().first != task) tasks.emplace_back(task, 0);
    tasks.back().second.push_back(name);
  }
  if (tasks.size() == 1) tasks.front().first.clear();  // a title that tells nothing apart
  return tasks;
}

constexpr double kEqualLength = 1.01;  // prompts whose lengths differ by less are equally long

/// The geometric mean of points, so that speed-ups are ratios of the times drawn beside them, with
/// bars from the lowest end of theirs to the highest.
PlotPoint mean_point(std::span<const PlotPoint> points) {
  PlotPoint pooled{0, 0, {}, {}, points.front().note};
  double log_y = 0;
  for (const PlotPoint& point : points) {
    pooled.x += point.x / static_cast<double>(points.size());
    log_y += std::log(point.y) / static_cast<double>(points.size());
    if (!point.y_interval) continue;
    if (!pooled.y_interval) pooled.y_interval = point.y_interval;
    pooled.y_interval->low = std::min(pooled.y_interval->low, point.y_interval->low);
    pooled.y_interval->high = std::max(pooled.y_interval->high, point.y_interval->high);
  }
  pooled.y = points.size() == 1 ? points.front().y : std::exp(log_y);
  if (points.size() > 1) {
    pooled.note = fmt::format(
        "{:.0f} prompt tokens; geometric mean of {} subsets: {:.4g}; bars over all of theirs",
        pooled.x, points.size(), pooled.y);
  }
  return pooled;
}

/// Where groups of equally long prompts begin, over all labels, ascending.
std::vector<double> length_groups(const std::vector<Series>& labels) {
  std::vector<double> lengths;
  for (const Series& label : labels) {
    for (const PlotPoint& point : label.points) lengths.push_back(point.x);
  }
  std::sort(lengths.begin(), lengths.end());
  std::vector<double> begins;
  for (const double length : lengths) {
    if (begins.empty() || length > kEqualLength * begins.back()) begins.push_back(length);
  }
  return begins;
}

/// Those of a label's points, which are sorted by length, from `begin` up to `end`.
std::span<const PlotPoint> points_between(const Series& label, double begin, double end) {
  const auto is_below = [](const PlotPoint& point, double length) { return point.x < length; };
  const auto first = std::lower_bound(label.points.begin(), label.points.end(), begin, is_below);
  return {first, std::lower_bound(first, label.points.end(), end, is_below)};
}

/// One point a length: subsets whose prompts are equally long stand for one, where the label has as
/// many of them as any other. Sorted by length.
std::vector<PlotPoint> one_a_length(const Series& label, const std::vector<Series>& labels) {
  std::vector<PlotPoint> pooled;
  std::vector<double> begins = length_groups(labels);
  begins.push_back(std::numeric_limits<double>::infinity());
  for (size_t group = 0; group + 1 < begins.size(); ++group) {
    const auto points_of = [&](const Series& one) {
      return points_between(one, begins[group], begins[group + 1]);
    };
    size_t most = 0;
    for (const Series& one : labels) most = std::max(most, points_of(one).size());
    const std::span<const PlotPoint> points = points_of(label);
    if (!points.empty() && points.size() == most) pooled.push_back(mean_point(points));
  }
  return pooled;
}

/// Points of one label over subsets, from the shortest prompt on.
template <class PointOf>
Series series_of(const CellGrid& grid, const std::vector<std::string>& subsets,
                 const std::string& label, Drawn drawn, PointOf point_of) {
  Series series{label, drawn, style_of(grid, label), {}};
  for (const std::string& subset : subsets) {
    const JudgedCell* cell = grid.find(label, subset);
    const std::optional<PlotPoint> point = cell ? point_of(*cell) : std::nullopt;
    if (point) series.points.push_back(*point);
  }
  std::stable_sort(series.points.begin(), series.points.end(),
                   [](const PlotPoint& a, const PlotPoint& b) { return a.x < b.x; });
  return series;
}

std::optional<PlotPoint> time_point(const JudgedCell& cell) {
  const auto x = number_of(cell, "prompt_tokens_mean"), y = number_of(cell, "ttft_ms_median");
  if (!x || !y || *x <= 0 || *y <= 0) return std::nullopt;
  return PlotPoint{*x,
                   *y,
                   {},
                   interval_of(cell, "ttft_ms_q1", "ttft_ms_q3"),
                   text_of(cell, "prompt_tokens_mean") + "; " +
                       text_of(cell, "ttft_ms_median", "ttft_ms_q1", "ttft_ms_q3") +
                       caution_of(cell)};
}

std::optional<PlotPoint> speedup_point(const JudgedCell& cell) {
  const auto x = number_of(cell, "prompt_tokens_mean"), y = number_of(cell, "speedup_ttft");
  if (!x || !y || *x <= 0) return std::nullopt;
  return PlotPoint{*x,
                   *y,
                   {},
                   interval_of(cell, "speedup_ttft_low", "speedup_ttft_high"),
                   text_of(cell, "prompt_tokens_mean") + "; " +
                       text_of(cell, "speedup_ttft", "speedup_ttft_low", "speedup_ttft_high") +
                       "; " + text_of(cell, "ideal_speedup") + caution_of(cell)};
}

std::optional<PlotPoint> realised_point(const JudgedCell& cell) {
  if (cell.record.plan.is_baseline) return std::nullopt;
  const auto x = number_of(cell, "ideal_speedup"), y = number_of(cell, "speedup_ttft");
  if (!x || !y) return std::nullopt;
  return PlotPoint{*x,
                   *y,
                   {},
                   interval_of(cell, "speedup_ttft_low", "speedup_ttft_high"),
                   task_name(cell.record.plan) + "; " + text_of(cell, "ideal_speedup") + "; " +
                       text_of(cell, "speedup_ttft", "speedup_ttft_low", "speedup_ttft_high") +
                       caution_of(cell)};
}

Series diagonal_of(const Panel& panel) {
  const double low = std::max(panel.x.low, panel.y.low);
  const double high = std::min(panel.x.high, panel.y.high);
  return {"measured = ideal",
          Drawn::kGuide,
          Series::kReference,
          {{low, low, {}, {}, {}}, {high, high, {}, {}, {}}}};
}

bool has_several_lengths(const Panel& panel) {
  return std::any_of(panel.series.begin(), panel.series.end(), [](const Series& series) {
    return series.points.size() > 1 && series.points.back().x > 1.2 * series.points.front().x;
  });
}

template <class PointOf>
Panel make_panel(const CellGrid& grid, const std::string& title,
                 const std::vector<std::string>& subsets, Drawn drawn, PointOf point_of) {
  Panel panel{title, {}, {}, {}};
  for (const std::string& label : grid.labels) {
    Series series = series_of(grid, subsets, label, drawn, point_of);
    if (!series.points.empty()) panel.series.push_back(std::move(series));
  }
  if (drawn != Drawn::kLine) return panel;
  const std::vector<Series> labels = panel.series;
  for (Series& series : panel.series) series.points = one_a_length(series, labels);
  std::erase_if(panel.series, [](const Series& series) { return series.points.empty(); });
  return panel;
}

CellGrid all_cells(const ModelCells& model) {
  return make_grid(model, [](const JudgedCell&) { return true; });
}

constexpr const char* kLengthTitle = "prompt length (tokens)";

}  // namespace

std::vector<Figure> length_figures(const ModelCells& model) {
  const CellGrid grid = all_cells(model);
  const std::string title = "Time to first token by prompt length";
  Figure time{
      "length-time",
      title,
      "milliseconds",
      {"Median over samples and rounds; bars: quartiles. Both axes are logarithmic. "
       "Subsets of equal length share a point, their geometric mean; a method that lacks one of "
       "them, or was inactive there, has no point."},
      {}};
  Figure gain{
      "length-speedup",
      title,
      "speed-up",
      {"Geometric mean of the paired ratios to the baseline; bars: 95% intervals. Subsets of equal "
       "length share a point, their geometric mean; a method that lacks one of them, or was "
       "inactive there, has no point."},
      {}};
  for (const auto& [task, subsets] : subsets_of(model, grid)) {
    Panel panel = make_panel(grid, task, subsets, Drawn::kLine, time_point);
    if (!has_several_lengths(panel)) continue;
    panel.x = x_axis(panel, kLengthTitle, Scale::kDoubling);
    panel.y = y_axis(panel, "time to first token (ms)", Scale::kLogarithmic);
    time.panels.push_back(std::move(panel));
    Panel ratios = make_panel(grid, task, subsets, Drawn::kLine, speedup_point);
    if (!has_several_lengths(ratios)) continue;
    ratios.x = x_axis(ratios, kLengthTitle, Scale::kDoubling);
    ratios.y = y_axis(ratios, "speed-up of time to first token (x)", Scale::kLinear, 1);
    gain.panels.push_back(std::move(ratios));
  }
  std::vector<Figure> figures;
  for (Figure* figure : {&time, &gain}) {
    if (!figure->panels.empty()) figures.push_back(std::move(*figure));
  }
  return figures;
}

std::vector<Figure> realised_figures(const ModelCells& model) {
  const CellGrid grid = all_cells(model);
  Figure figure{
      "realised",
      "Measured against ideal speed-up",
      "",
      {"On the diagonal a method gains what its saved FLOPs would give; below it, less. Bars: "
       "95% intervals, of geometric means of paired ratios."},
      {}};
  for (const auto& [task, subsets] : subsets_of(model, grid)) {
    Panel panel = make_panel(grid, task, subsets, Drawn::kPoints, realised_point);
    if (panel.series.empty()) continue;
    panel.x = x_axis(panel, "ideal by counted FLOPs (x)", Scale::kLinear, 1);
    // So high that the diagonal ends in the corner, where methods gain less than that.
    panel.y = y_axis(panel, "measured, time to first token (x)", Scale::kLinear, panel.x.high);
    panel.series.insert(panel.series.begin(), diagonal_of(panel));
    figure.panels.push_back(std::move(panel));
  }
  if (figure.panels.empty()) return {};
  return {std::move(figure)};
}

}  // namespace skipbench
