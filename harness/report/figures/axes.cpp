#include "harness/report/figures/axes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace skipbench {
namespace {

struct Extent {
  double low = std::numeric_limits<double>::infinity(), high = -low;

  void include(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  bool empty() const { return low > high; }
};

Extent extent_of(const Panel& panel, double PlotPoint::*value,
                 std::optional<Bounds> PlotPoint::*interval) {
  Extent extent;
  for (const Series& series : panel.series) {
    for (const PlotPoint& point : series.points) {
      extent.include(point.*value);
      if (const auto& bounds = point.*interval) {
        extent.include(bounds->low);
        extent.include(bounds->high);
      }
    }
  }
  return extent;
}

/// 1, 2 or 5 times a power of ten: at most about `count` steps over the span.
double nice_step(double span, int count) {
  const double rough = span / count;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough * 0.999) return factor * power;
  }
  return 10 * power;
}

std::string decimal(double value, double step) {
  const int digits = std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
  return fmt::format("{:.{}f}", std::fabs(value) < step / 1e6 ? 0.0 : value, digits);
}

PlotAxis linear_axis(Extent extent) {
  constexpr int kTicks = 6;
  if (extent.high - extent.low < 1e-9) extent = {extent.low - 0.5, extent.high + 0.5};
  const double margin = 0.04 * (extent.high - extent.low);
  const double step = nice_step(extent.high - extent.low, kTicks);
  PlotAxis axis;
  // A bound that the values keep, 0 say, is an end; others get some air.
  axis.low = extent.low >= 0 && extent.low < step ? 0 : extent.low - margin;
  axis.high = extent.high + margin;
  for (double i = std::ceil(axis.low / step - 1e-9); i * step <= axis.high + 1e-9 * step; ++i) {
    axis.ticks.push_back({i * step, decimal(i * step, step)});
  }
  return axis;
}

/// "4K" for a multiple of 1024, else the number with its thousands set apart.
std::string length_label(double value) {
  const auto tokens = static_cast<int64_t>(std::llround(value));
  if (tokens >= 1024 && tokens % 1024 == 0) return fmt::format("{}K", tokens / 1024);
  return fmt::format("{}", tokens);
}

PlotAxis doubling_axis(const Extent& extent) {
  PlotAxis axis{"", true, extent.low / 1.15, extent.high * 1.15, {}};
  const int first = static_cast<int>(std::ceil(std::log2(axis.low)));
  const int last = static_cast<int>(std::floor(std::log2(axis.high)));
  for (int power = first; power <= last; ++power) {
    axis.ticks.push_back({std::ldexp(1, power), length_label(std::ldexp(1, power))});
  }
  return axis;
}

std::string plain_number(double value) {
  if (value < 1) return fmt::format("{:g}", value);
  std::string digits = fmt::format("{:.0f}", value);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<size_t>(at), ",");
  }
  return digits;
}

/// Within less than a decade 1, 2 and 5 are too few.
PlotAxis narrow_logarithmic_axis(PlotAxis axis) {
  const double step = nice_step(axis.high - axis.low, 5);
  for (double i = std::ceil(axis.low / step); i * step <= axis.high; ++i) {
    axis.ticks.push_back({i * step, decimal(i * step, step)});
  }
  return axis;
}

PlotAxis logarithmic_axis(const Extent& extent) {
  PlotAxis axis{"", true, extent.low / 1.15, extent.high * 1.15, {}};
  if (axis.high < 8 * axis.low) return narrow_logarithmic_axis(std::move(axis));
  const bool wide = axis.high / axis.low > 3000;  // powers of ten alone are enough
  const int first = static_cast<int>(std::floor(std::log10(axis.low)));
  for (double power = std::pow(10, first); power <= axis.high; power *= 10) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      const double value = factor * power;
      if (value < axis.low || value > axis.high || (wide && factor > 1)) continue;
      axis.ticks.push_back({value, plain_number(value)});
    }
  }
  return axis;
}

PlotAxis share_axis() {
  PlotAxis axis{"", false, 0, 1.03, {}};
  for (const int percent : {0, 25, 50, 75, 100}) {
    axis.ticks.push_back({percent / 100.0, fmt::format("{}%", percent)});
  }
  return axis;
}

PlotAxis make_axis(Extent extent, std::string title, Scale scale, std::optional<double> also) {
  if (also) extent.include(*also);
  if (extent.empty()) extent = {1, 2};
  PlotAxis axis = scale == Scale::kShare         ? share_axis()
                  : scale == Scale::kDoubling    ? doubling_axis(extent)
                  : scale == Scale::kLogarithmic ? logarithmic_axis(extent)
                                                 : linear_axis(extent);
  axis.title = std::move(title);
  return axis;
}

}  // namespace

PlotAxis x_axis(const Panel& panel, std::string title, Scale scale, std::optional<double> also) {
  return make_axis(extent_of(panel, &PlotPoint::x, &PlotPoint::x_interval), std::move(title), scale,
                   also);
}

PlotAxis y_axis(const Panel& panel, std::string title, Scale scale, std::optional<double> also) {
  return make_axis(extent_of(panel, &PlotPoint::y, &PlotPoint::y_interval), std::move(title), scale,
                   also);
}

}  // namespace skipbench
