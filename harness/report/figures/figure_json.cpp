#include "harness/report/figures/figure_json.h"

#include <cmath>

namespace skipbench {
namespace {

using OrderedJson = nlohmann::ordered_json;

/// Six digits: more than a screen has pixels, and a third of the text.
double rounded(double value) {
  if (value == 0 || !std::isfinite(value)) return value;
  const double unit = std::pow(10, 5 - std::floor(std::log10(std::fabs(value))));
  return std::round(value * unit) / unit;
}

OrderedJson axis_json(const PlotAxis& axis) {
  OrderedJson ticks = OrderedJson::array();
  for (const Tick& tick : axis.ticks) ticks.push_back({rounded(tick.value), tick.label});
  return {{"title", axis.title},
          {"log", axis.logarithmic},
          {"low", rounded(axis.low)},
          {"high", rounded(axis.high)},
          {"ticks", std::move(ticks)}};
}

void append_interval(const std::optional<Bounds>& interval, OrderedJson& list) {
  list.push_back(interval ? OrderedJson(rounded(interval->low)) : OrderedJson());
  list.push_back(interval ? OrderedJson(rounded(interval->high)) : OrderedJson());
}

OrderedJson series_json(const Series& series) {
  static constexpr const char* kNames[] = {"points", "line", "steps", "guide"};
  OrderedJson points = OrderedJson::array();
  for (const PlotPoint& point : series.points) {
    OrderedJson entry{rounded(point.x), rounded(point.y)};
    append_interval(point.x_interval, entry);
    append_interval(point.y_interval, entry);
    entry.push_back(point.note);
    points.push_back(std::move(entry));
  }
  return {{"label", series.label},
          {"drawn", kNames[static_cast<size_t>(series.drawn)]},
          {"style", series.style},
          {"points", std::move(points)}};
}

}  // namespace

OrderedJson figure_json(const Figure& figure) {
  OrderedJson panels = OrderedJson::array();
  for (const Panel& panel : figure.panels) {
    OrderedJson series = OrderedJson::array();
    for (const Series& each : panel.series) series.push_back(series_json(each));
    panels.push_back({{"title", panel.title},
                      {"x", axis_json(panel.x)},
                      {"y", axis_json(panel.y)},
                      {"series", std::move(series)}});
  }
  return {{"id", figure.id},
          {"title", figure.title},
          {"view", figure.view},
          {"caption", figure.caption},
          {"panels", std::move(panels)}};
}

}  // namespace skipbench
