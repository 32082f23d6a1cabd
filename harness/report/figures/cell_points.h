#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/report/figures/figure.h"
#include "harness/report/tables/cell_grid.h"

namespace skipbench {

/// A label's colour and shape: its place among the labels that are no baseline.
int style_of(const CellGrid& grid, const std::string& label);

/// A field's number where the cell shows figures.
std::optional<double> number_of(const JudgedCell& cell, std::string_view id);

/// The interval of two fields.
std::optional<Bounds> interval_of(const JudgedCell& cell, std::string_view low,
                                  std::string_view high);

/// "speed-up 1.35x [1.31, 1.39]", as tables write it.
std::string text_of(const JudgedCell& cell, std::string_view id);
std::string text_of(const JudgedCell& cell, std::string_view id, std::string_view low,
                    std::string_view high);

/// What must be known of a cell's point: "; 15 of 50 samples", "; measured with another machine".
std::string caution_of(const JudgedCell& cell);

/// Small letters and digits of a name, the rest as single dashes.
std::string file_name_of(std::string_view name);

}  // namespace skipbench
