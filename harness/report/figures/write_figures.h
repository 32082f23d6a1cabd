#pragma once

#include <filesystem>
#include <vector>

#include "harness/report/report.h"

namespace skipbench {

/// Draws the figures of the database's experiments into a folder, each as SVG and as PDF, and names
/// the files. Throws InputError as render_report() does, where there is nothing to draw, and where
/// gnuplot is not installed or fails.
std::vector<std::filesystem::path> write_figures(const std::filesystem::path& database,
                                                 const ReportOptions& options,
                                                 const std::filesystem::path& folder);

}  // namespace skipbench
