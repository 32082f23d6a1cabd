#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "harness/report/compare/pooled_tasks.h"
#include "harness/report/figures/axes.h"
#include "harness/report/figures/cell_points.h"
#include "harness/report/figures/model_figures.h"
#include "harness/report/judge/fields.h"
#include "harness/report/judge/label_text.h"
#include "harness/report/judge/pareto.h"
#include "harness/statistics/few_samples.h"

namespace skipbench {
namespace {

/// What an accuracy is set against.
struct Cost {
  std::string_view id, view, axis;
  std::string_view value, low, high;  // fields; bounds may be empty
  bool more_is_better;
  double nothing_skipped;
};

constexpr std::array kCosts{
    Cost{"measured", "measured speed-up", "speed-up of time to first token (x)", "speedup_ttft",
         "speedup_ttft_low", "speedup_ttft_high", true, 1},
    Cost{"flops", "ideal speed-up by counted FLOPs",
         "ideal speed-up: full attention's prefill FLOPs / the method's (x)", "ideal_speedup", "",
         "", true, 1},
    Cost{"cache", "KV cache kept", "KV cache kept (share of full attention's)", "kv_ratio", "", "",
         false, 1},
};

/// The main metric's score, or the loss.
struct Quality {
  std::string_view id, view;
  bool more_is_better;
};

constexpr std::array kQualities{Quality{"score", "score", true},
                                Quality{"loss", "loss of the right answer", false}};

/// The point's y, its interval of one standard error to both sides, and the words.
struct Measured {
  double value;
  std::optional<Bounds> interval;
  std::string text;
};

std::optional<Bounds> around(double value, std::optional<double> error) {
  return error ? std::optional(Bounds{value - *error, value + *error}) : std::nullopt;
}

std::optional<Measured> measured(const JudgedCell& cell, const Quality& quality) {
  const CellSummary& s = cell.record.summary;
  if (!cell.shows_figures() || s.random_weights) return std::nullopt;
  if (quality.id == "loss") {
    if (!s.answer_nll_mean) return std::nullopt;
    return Measured{*s.answer_nll_mean,
                    around(*s.answer_nll_mean, shown_error(s.n, s.answer_nll_stderr)),
                    text_of(cell, "answer_nll_mean")};
  }
  if (s.metrics.empty() || !s.metrics[0].score) return std::nullopt;
  const MetricSummary& metric = s.metrics[0];
  const double score = *metric.score;
  return Measured{
      score, around(score, shown_error(metric.n, metric.score_stderr)),
      fmt::format("{} {}", readable(metric.metric), format_value(score, Unit::kPoints))};
}

std::optional<PlotPoint> point_of(const JudgedCell& cell, const Quality& quality,
                                  const Cost& cost) {
  const auto x = number_of(cell, cost.value);
  const auto y = measured(cell, quality);
  if (!x || !y) return std::nullopt;
  PlotPoint point{*x, y->value, std::nullopt, y->interval, y->text + "; "};
  if (cost.low.empty()) {
    point.note += text_of(cell, cost.value);
  } else {
    point.x_interval = interval_of(cell, cost.low, cost.high);
    point.note += text_of(cell, cost.value, cost.low, cost.high);
  }
  point.note += caution_of(cell);
  return point;
}

/// What no other of these points dominates(), from the cheapest to the best.
Series front_of(const std::vector<PlotPoint>& points, const Quality& quality, const Cost& cost) {
  const double x_sign = cost.more_is_better ? 1 : -1, y_sign = quality.more_is_better ? 1 : -1;
  const auto trade_off = [&](const PlotPoint& point) {
    return TradeOff{.accuracy = y_sign * point.y, .economy = x_sign * point.x};
  };
  Series front{"best trade-offs", Drawn::kGuide, Series::kReference, {}};
  for (const PlotPoint& point : points) {
    const bool dominated = std::any_of(points.begin(), points.end(), [&](const PlotPoint& other) {
      return dominates(trade_off(other), trade_off(point));
    });
    if (!dominated) front.points.push_back({point.x, point.y, {}, {}, {}});
  }
  std::sort(front.points.begin(), front.points.end(), [&](const PlotPoint& a, const PlotPoint& b) {
    return trade_off(a).economy > trade_off(b).economy;
  });
  return front;
}

std::string y_title(const CellGrid& grid, const std::string& task, const Quality& quality) {
  if (quality.id == "loss") return "loss of the right answer (nats/token)";
  for (const std::string& label : grid.labels) {
    const JudgedCell* cell = grid.find(label, task);
    if (cell && !cell->record.plan.metrics.empty()) {
      return readable(cell->record.plan.metrics[0]) + " (points)";
    }
  }
  return "score (points)";
}

/// A label's point, and whether the line of trade-offs may hold it: one of fewer samples may not.
struct Candidate {
  std::string label;
  int style;
  PlotPoint point;
  bool comparable;
};

Panel make_panel(const std::string& title, const std::string& y_title,
                 const std::vector<Candidate>& candidates, const Quality& quality,
                 const Cost& cost) {
  Panel panel{title, {}, {}, {}};
  std::vector<PlotPoint> comparable;
  for (const Candidate& one : candidates) {
    panel.series.push_back({one.label, Drawn::kPoints, one.style, {one.point}});
    if (one.comparable) comparable.push_back(one.point);
  }
  const Scale x_scale = cost.more_is_better ? Scale::kLinear : Scale::kShare;
  panel.x = x_axis(panel, std::string(cost.axis), x_scale, cost.nothing_skipped);
  panel.y = y_axis(panel, y_title, Scale::kLinear);
  panel.series.insert(panel.series.begin(), front_of(comparable, quality, cost));
  return panel;
}

/// Of one task. As many samples as the most complete label has are comparable.
Panel task_panel(const CellGrid& grid, const std::string& task, const Quality& quality,
                 const Cost& cost) {
  std::vector<Candidate> candidates;
  std::vector<const JudgedCell*> cells;
  int64_t most = 0;
  for (const std::string& label : grid.labels) {
    const JudgedCell* cell = grid.find(label, task);
    const auto point = cell ? point_of(*cell, quality, cost) : std::nullopt;
    if (!point) continue;
    candidates.push_back({label, style_of(grid, label), *point, !cell->outdated});
    cells.push_back(cell);
    if (!cell->outdated) most = std::max(most, cell->record.summary.n);
  }
  for (size_t i = 0; i < cells.size(); ++i) {
    if (cells[i]->record.summary.n < most) candidates[i].comparable = false;
  }
  return make_panel(task, y_title(grid, task, quality), candidates, quality, cost);
}

/// What a label's tasks cost together; empty where one of them has no figure.
MeanRatio pooled_cost(const PooledTasks& pooled, size_t label, const Cost& cost) {
  if (cost.id == "measured") return pooled.measured[label];
  return {.mean = cost.id == "flops" ? pooled.ideal[label] : pooled.kv_ratio[label]};
}

/// Of the mean over all tasks; empty without one.
std::optional<Panel> mean_panel(const CellGrid& grid, const PooledTasks& pooled,
                                const Quality& quality, const Cost& cost) {
  const auto kind =
      std::find_if(pooled.kinds.begin(), pooled.kinds.end(), [&quality](const PooledKind& each) {
        return each.larger_is_better == quality.more_is_better;
      });
  if (kind == pooled.kinds.end()) return std::nullopt;
  std::vector<Candidate> candidates;
  for (size_t i = 0; i < pooled.labels.size(); ++i) {
    const PooledAccuracy& accuracy = kind->accuracies[i];
    const MeanRatio x = pooled_cost(pooled, i, cost);
    // Means over other tasks or samples are no figures of one axis.
    if (!x.mean || !pooled.competes(*kind, i)) continue;
    PlotPoint point{*x.mean, *accuracy.mean, {}, around(*accuracy.mean, accuracy.error), {}};
    if (x.interval) point.x_interval = Bounds{x.interval->low, x.interval->high};
    const std::string x_text =
        cost.id == "measured"
            ? measured_text(pooled, i)
            : figure_text(x.mean, cost.more_is_better ? Unit::kRatio : Unit::kShare);
    point.note = fmt::format("mean {} {}; {} {}", kind->name,
                             figure_text(accuracy.mean, kind->unit), cost.view, x_text);
    candidates.push_back({pooled.labels[i], style_of(grid, pooled.labels[i]), point, true});
  }
  const std::string y_title = fmt::format("mean {} over {} tasks ({})", kind->name, pooled.tasks,
                                          quality.more_is_better ? "points" : "nats/token");
  return make_panel("", y_title, candidates, quality, cost);
}

/// A panel has something to show when one method differs from another.
bool says_something(const Panel& panel) {
  std::vector<double> xs;
  for (const Series& series : panel.series) {
    if (series.drawn != Drawn::kPoints) continue;
    for (const PlotPoint& point : series.points) xs.push_back(point.x);
  }
  return std::adjacent_find(xs.begin(), xs.end(), std::not_equal_to<>()) != xs.end();
}

}  // namespace

std::vector<Figure> accuracy_figures(const ModelCells& model) {
  const CellGrid grid = make_grid(model, [](const JudgedCell&) { return true; });
  const std::optional<PooledTasks> pooled = pool_tasks(model, {});
  std::vector<Figure> means, of_tasks;
  for (const Quality& quality : kQualities) {
    for (const Cost& cost : kCosts) {
      const auto figure_of = [&](const char* id, const char* title) {
        return Figure{fmt::format("{}-{}-{}", id, quality.id, cost.id),
                      title,
                      fmt::format("{}, {}", quality.view, cost.view),
                      {fmt::format("Better is {} and {}. Bars: one standard error{}. Dashed: the "
                                   "trade-offs to which none is as good in both and better in one.",
                                   quality.more_is_better ? "up" : "down",
                                   cost.more_is_better ? "right" : "left",
                                   cost.low.empty() ? "" : "; of the speed-up, the 95% interval")},
                      {}};
      };
      if (pooled && pooled->tasks > 1) {
        const auto panel = mean_panel(grid, *pooled, quality, cost);
        if (panel && says_something(*panel)) {
          means.push_back(figure_of("mean", "Mean accuracy over all tasks against cost"));
          means.back().panels.push_back(*panel);
        }
      }
      Figure figure = figure_of("accuracy", "Accuracy against cost");
      for (const std::string& task : grid.tasks) {
        Panel panel = task_panel(grid, task, quality, cost);
        if (says_something(panel)) figure.panels.push_back(std::move(panel));
      }
      if (!figure.panels.empty()) of_tasks.push_back(std::move(figure));
    }
  }
  means.insert(means.end(), of_tasks.begin(), of_tasks.end());
  return means;
}

}  // namespace skipbench
