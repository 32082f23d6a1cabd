#pragma once

#include <optional>
#include <string>
#include <vector>

namespace skipbench {

/// A mark on an axis.
struct Tick {
  double value;
  std::string label;
};

/// What an axis shows: from low to high, both above 0 where it is logarithmic.
struct PlotAxis {
  std::string title;  // with its unit
  bool logarithmic = false;
  double low = 0, high = 1;
  std::vector<Tick> ticks;
};

struct Bounds {
  double low, high;
};

/// A point in data coordinates.
struct PlotPoint {
  double x = 0, y = 0;
  std::optional<Bounds> x_interval, y_interval;
  std::string note;  // what a reader learns who points at it
};

enum class Drawn {
  kPoints,
  kLine,   // points, joined
  kSteps,  // a value holds until the next
  kGuide,  // a thin line without points: what to compare with
};

/// What belongs together: one method, as a rule.
struct Series {
  std::string label;
  Drawn drawn = Drawn::kPoints;
  int style =
      0;  // colour and shape; the same method has the same in all figures. kReference: below
  std::vector<PlotPoint> points;

  static constexpr int kReference = -1;  // the baseline, and guides
};

/// One pair of axes.
struct Panel {
  std::string title;  // empty where the figure has but one
  PlotAxis x, y;
  std::vector<Series> series;
};

/// A figure of one or more panels. Figures of equal title are views of one thing, told apart by
/// `view`.
struct Figure {
  std::string id;  // of its file: small letters, digits and dashes
  std::string title, view;
  std::vector<std::string> caption;
  std::vector<Panel> panels;
};

}  // namespace skipbench
