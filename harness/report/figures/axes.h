#pragma once

#include <optional>
#include <string>

#include "harness/report/figures/figure.h"

namespace skipbench {

/// How an axis chooses its ends and ticks.
enum class Scale {
  kLinear,
  kLogarithmic,  // ticks at 1, 2 and 5 times powers of ten
  kDoubling,     // logarithmic; ticks at powers of two, written as 4K, 8K, 128K
  kShare,        // 0 to 1, written in percent
};

/// An axis that holds every x (or y) of the panel with its interval, and `also` where given.
PlotAxis x_axis(const Panel& panel, std::string title, Scale scale,
                std::optional<double> also = {});
PlotAxis y_axis(const Panel& panel, std::string title, Scale scale,
                std::optional<double> also = {});

}  // namespace skipbench
