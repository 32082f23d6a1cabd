#pragma once

#include <filesystem>
#include <string>

#include "harness/report/figures/figure.h"

namespace skipbench {

enum class FigureFormat { kSvg, kPdf };

/// The gnuplot script that draws the figure to a file: its data lie in it.
std::string gnuplot_script(const Figure& figure, FigureFormat format,
                           const std::filesystem::path& file);

/// Draws the figure. Throws InputError, with what gnuplot said, when it is not installed or fails.
void draw_figure(const Figure& figure, FigureFormat format, const std::filesystem::path& file);

}  // namespace skipbench
