#include "harness/report/figures/gnuplot.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "harness/base/shell.h"
#include "harness/base/write_file.h"
#include "harness/report/figures/palette.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

/// A string as gnuplot reads it: nothing in it has a meaning but the quote.
std::string in_quotes(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'') result += '\'';
    result += c == '\n' ? ' ' : c;
  }
  return result + '\'';
}

std::string data_block(size_t index, const Series& series) {
  std::string block = fmt::format("$series{} << EOD\n", index);
  const auto bound = [](const std::optional<Bounds>& interval, double value) {
    return interval.value_or(Bounds{value, value});
  };
  for (const PlotPoint& p : series.points) {
    const Bounds x = bound(p.x_interval, p.x), y = bound(p.y_interval, p.y);
    block += fmt::format("{:.6g} {:.6g} {:.6g} {:.6g} {:.6g} {:.6g}\n", p.x, p.y, x.low, x.high,
                         y.low, y.high);
  }
  if (series.drawn == Drawn::kSteps && !series.points.empty()) {
    const PlotPoint& last = series.points.back();  // which holds for a step, too
    block += fmt::format("{0:.6g} {1:.6g} {0:.6g} {0:.6g} {1:.6g} {1:.6g}\n", last.x + 1, last.y);
  }
  return block + "EOD\n";
}

std::string colour_of(const Series& series) {
  if (series.style == Series::kReference) return "#333333";
  return std::string(kLightPalette[static_cast<size_t>(series.style) % kLightPalette.size()]);
}

/// circle, square, triangle, diamond, triangle upside down.
int point_type(const Series& series) {
  static constexpr std::array<int, kShapes> kTypes{7, 5, 9, 13, 11};
  return series.style == Series::kReference ? 6
                                            : kTypes[static_cast<size_t>(series.style % kShapes)];
}

std::string drawing_of(const Series& series, size_t position) {
  const std::string colour = in_quotes(colour_of(series));
  switch (series.drawn) {
    case Drawn::kPoints:
      return fmt::format("using 1:2:3:4:5:6 with xyerrorbars lc rgb {} pt {} ps 0.9", colour,
                         point_type(series));
    case Drawn::kLine:
      return fmt::format("using 1:2:5:6 with yerrorlines lc rgb {} lw 1.6 pt {} ps 0.8", colour,
                         point_type(series));
    case Drawn::kSteps:  // equal lines lie on each other, the narrow above the wide
      return fmt::format("using ($1-0.5):2 with steps lc rgb {} lw {}", colour,
                         std::max(6.5 - 1.6 * static_cast<double>(position), 1.5));
    case Drawn::kGuide:
      return "using 1:2 with lines lc rgb '#888888' dt 2";
  }
  return "";
}

std::string axis_commands(char name, const PlotAxis& axis) {
  std::vector<std::string> ticks;
  for (const Tick& tick : axis.ticks) {
    std::string label;  // is a format
    for (const char c : tick.label) label += c == '%' ? std::string("%%") : std::string(1, c);
    ticks.push_back(fmt::format("{} {:.6g}", in_quotes(label), tick.value));
  }
  return fmt::format(
      "set {0}label {1}\n{2} logscale {0}\nset {0}range [{3:.6g}:{4:.6g}]\n"
      "set {0}tics ({5}) nomirror\n",
      name, in_quotes(axis.title), axis.logarithmic ? "set" : "unset", axis.low, axis.high,
      fmt::join(ticks, ", "));
}

std::string panel_commands(const Panel& panel, const std::string& title) {
  std::string text = fmt::format("set title {}\n", in_quotes(title));
  text += axis_commands('x', panel.x) + axis_commands('y', panel.y);
  std::vector<std::string> plots;
  for (size_t i = 0; i < panel.series.size(); ++i) {
    text += data_block(i, panel.series[i]);
    plots.push_back(fmt::format("$series{} {} title {}", i, drawing_of(panel.series[i], i),
                                in_quotes(panel.series[i].label)));
  }
  return text + fmt::format("plot {}\n", fmt::join(plots, ", \\\n  "));
}

/// The key of all panels, in a place of its own: each label once, as it is drawn first.
std::string key_commands(const Figure& figure) {
  std::string text =
      "unset border\nunset grid\nunset title\nunset tics\nunset xlabel\n"
      "unset ylabel\nunset logscale\nset xrange [0:1]\nset yrange [0:1]\n"
      "set key inside center center Left reverse\n";
  std::vector<std::string> known, plots;
  for (const Panel& panel : figure.panels) {
    for (size_t i = 0; i < panel.series.size(); ++i) {
      Series series = panel.series[i];
      if (std::find(known.begin(), known.end(), series.label) != known.end()) continue;
      series.points = {{-9, -9, {}, {}, {}}};  // outside: the key alone is seen
      text += data_block(known.size(), series);
      plots.push_back(fmt::format("$series{} {} title {}", known.size(), drawing_of(series, i),
                                  in_quotes(series.label)));
      known.push_back(series.label);
    }
  }
  return text + fmt::format("plot {}\n", fmt::join(plots, ", \\\n  "));
}

struct Layout {
  size_t rows, columns;
};

Layout layout_of(const Figure& figure) {
  const size_t cells = figure.panels.size() + 1;  // one for the key
  const size_t columns = cells <= 4 ? 2 : cells <= 9 ? 3 : 4;
  return {(cells + columns - 1) / columns, columns};
}

std::string terminal(FigureFormat format, double width, double height) {
  if (format == FigureFormat::kPdf) {
    return fmt::format(
        "set terminal pdfcairo noenhanced color font 'sans,9' size {:.2f}in,{:.2f}in", width / 110,
        height / 110);
  }
  return fmt::format(
      "set terminal svg noenhanced font 'sans,12' size {:.0f},{:.0f} background '#ffffff'", width,
      height);
}

constexpr const char* kStyle =
    "set border 3 lc rgb '#888888'\nset grid lc rgb '#dddddd' lt 1\nset errorbars 0\n"
    "set tics scale 0.5\nset tics textcolor rgb '#333333'\n";

constexpr double kPanelWidth = 420, kPanelHeight = 300;

}  // namespace

std::string gnuplot_script(const Figure& figure, FigureFormat format,
                           const std::filesystem::path& file) {
  const bool single = figure.panels.size() == 1;
  const Layout layout = single ? Layout{1, 1} : layout_of(figure);
  const double width = single ? 760 : kPanelWidth * static_cast<double>(layout.columns);
  const double height = single ? 440 : kPanelHeight * static_cast<double>(layout.rows);
  std::string text = terminal(format, width, height) + '\n';
  text += fmt::format("set output {}\n", in_quotes(file.string())) + kStyle;
  const std::string title = figure.view.empty() ? figure.title : figure.title + ": " + figure.view;
  if (single) {
    const Panel& panel = figure.panels.front();
    const std::string name = panel.title.empty() ? title : title + ", " + panel.title;
    return text + "set key outside right center Left reverse\n" + panel_commands(panel, name);
  }
  text += fmt::format("set multiplot layout {},{} title {}\nunset key\n", layout.rows,
                      layout.columns, in_quotes(title));
  for (const Panel& panel : figure.panels) text += panel_commands(panel, panel.title);
  return text + key_commands(figure) + "unset multiplot\n";
}

void draw_figure(const Figure& figure, FigureFormat format, const std::filesystem::path& file) {
  const std::filesystem::path script = file.string() + ".gnuplot";
  write_file("--figures", script, gnuplot_script(figure, format, file));
  const CommandResult result = run_shell(fmt::format("gnuplot {} 2>&1", shell_quoted(script)));
  std::filesystem::remove(script);
  if (result.exit_code == 127) {
    throw InputError(
        "figures are drawn by gnuplot, which is not installed; apt-get install gnuplot-nox");
  }
  if (result.exit_code != 0) {
    throw InputError(fmt::format("{}: gnuplot failed: {}", file.string(), result.output));
  }
}

}  // namespace skipbench
