#include "harness/report/judge/pareto.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace skipbench {
namespace {

/// A figure of which more is better, with its interval where that is known.
struct Coordinate {
  double value = 0;
  std::optional<double> low, high;

  bool clearly_above(const Coordinate& other) const {
    return low && other.high && *low > *other.high;
  }
};

struct FrontPoint {
  JudgedCell* cell;
  Coordinate accuracy, speed;

  TradeOff trade_off() const { return {accuracy.value, speed.value}; }
};

std::optional<double> negated(const std::optional<double>& value) {
  return value ? std::optional(-*value) : std::nullopt;
}

/// The baseline's difference to itself is known exactly.
Coordinate of_baseline(double value) {
  return {value, value, value};
}

std::optional<Coordinate> accuracy_of(const JudgedCell& cell) {
  const CellSummary& s = cell.record.summary;
  const bool is_baseline = cell.record.plan.is_baseline;
  if (!s.metrics.empty()) {
    const MetricSummary& metric = s.metrics.front();
    if (is_baseline && metric.score) return of_baseline(0);
    if (!metric.score_delta) return std::nullopt;
    return Coordinate{*metric.score_delta, metric.score_delta_low, metric.score_delta_high};
  }
  if (is_baseline && s.answer_nll_mean) return of_baseline(0);
  if (!s.answer_nll_delta) return std::nullopt;
  return Coordinate{-*s.answer_nll_delta, negated(s.answer_nll_delta_high),
                    negated(s.answer_nll_delta_low)};
}

std::optional<Coordinate> speed_of(const JudgedCell& cell) {
  const CellSummary& s = cell.record.summary;
  if (cell.record.plan.is_baseline) return of_baseline(1);
  if (!s.speedup_ttft || is_marked_too_fast(cell)) return std::nullopt;
  return Coordinate{*s.speedup_ttft, s.speedup_ttft_low, s.speedup_ttft_high};
}

/// Those with both figures, on as many samples as the most complete one.
std::vector<FrontPoint> points_of(const std::vector<JudgedCell*>& cells) {
  std::vector<FrontPoint> points;
  int64_t most = 0;
  for (JudgedCell* cell : cells) {
    if (!cell->shows_figures() || cell->outdated || cell->record.summary.random_weights) continue;
    const auto accuracy = accuracy_of(*cell), speed = speed_of(*cell);
    if (!accuracy || !speed) continue;
    points.push_back({cell, *accuracy, *speed});
    most = std::max(most, cell->record.summary.n);
  }
  std::erase_if(points,
                [most](const FrontPoint& point) { return point.cell->record.summary.n < most; });
  return points;
}

Front front_of(const FrontPoint& point, const std::vector<FrontPoint>& points) {
  Front front = Front::kOn;
  for (const FrontPoint& other : points) {
    if (!dominates(other.trade_off(), point.trade_off())) continue;
    const bool clearly =
        other.accuracy.clearly_above(point.accuracy) && other.speed.clearly_above(point.speed);
    if (clearly) return Front::kDominated;
    front = Front::kNear;
  }
  return front;
}

}  // namespace

bool dominates(const TradeOff& a, const TradeOff& b) {
  const bool no_worse = a.accuracy >= b.accuracy && a.economy >= b.economy;
  return no_worse && (a.accuracy > b.accuracy || a.economy > b.economy);
}

void find_fronts(ModelCells& model) {
  std::map<std::string, std::vector<JudgedCell*>> tasks;
  for (JudgedCell& cell : model.cells) tasks[task_name(cell.record.plan)].push_back(&cell);
  for (const auto& [task, cells] : tasks) {
    const std::vector<FrontPoint> points = points_of(cells);
    constexpr size_t kFewest = 3;
    if (points.size() < kFewest) continue;
    if (too_few_to_tell(points.front().cell->record.summary.n)) continue;
    for (const FrontPoint& point : points) point.cell->front = front_of(point, points);
  }
}

std::string_view front_name(Front front) {
  switch (front) {
    case Front::kNone:
      return "";
    case Front::kDominated:
      return "dominated";
    case Front::kNear:
      return "near";
    case Front::kOn:
      return "front";
  }
  return "";
}

std::string_view front_mark(Front front) {
  if (front == Front::kOn) return "■";
  return front == Front::kNear ? "□" : "";
}

}  // namespace skipbench
