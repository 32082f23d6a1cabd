#include "harness/report/figures/cell_points.h"

#include <fmt/format.h>

#include <cctype>
#include <cmath>

#include "harness/report/judge/fields.h"

namespace skipbench {

int style_of(const CellGrid& grid, const std::string& label) {
  int style = 0;
  for (const std::string& other : grid.labels) {
    bool is_baseline = false;
    for (const std::string& task : grid.tasks) {
      const JudgedCell* cell = grid.find(other, task);
      is_baseline = is_baseline || (cell && cell->record.plan.is_baseline);
    }
    if (other == label) return is_baseline ? Series::kReference : style;
    if (!is_baseline) ++style;
  }
  return style;
}

std::optional<double> number_of(const JudgedCell& cell, std::string_view id) {
  const FieldValue value = visible_value(cell_field(id), cell);
  const auto* number = std::get_if<double>(&value);
  return number && std::isfinite(*number) ? std::optional(*number) : std::nullopt;
}

std::optional<Bounds> interval_of(const JudgedCell& cell, std::string_view low,
                                  std::string_view high) {
  const auto from = number_of(cell, low), to = number_of(cell, high);
  return from && to ? std::optional(Bounds{*from, *to}) : std::nullopt;
}

std::string text_of(const JudgedCell& cell, std::string_view id) {
  const CellField& field = cell_field(id);
  return std::string(field.heading) + ' ' + format_value(visible_value(field, cell), field.unit);
}

std::string text_of(const JudgedCell& cell, std::string_view id, std::string_view low,
                    std::string_view high) {
  const CellField& field = cell_field(id);
  return std::string(field.heading) + ' ' +
         format_interval(visible_value(field, cell), visible_value(cell_field(low), cell),
                         visible_value(cell_field(high), cell), field.unit);
}

std::string caution_of(const JudgedCell& cell) {
  std::string text;
  if (cell.state == CellState::kIncomplete) {
    text += fmt::format("; {} of {} samples", cell.record.summary.n, cell.record.plan.expected_n);
  }
  if (is_marked_too_fast(cell)) text += "; faster than the saved work allows";
  if (is_host_bound(cell)) text += "; the GPU waited for the host";
  if (cell.outdated) text += "; measured with another " + cell.outdated_reason;
  return text;
}

std::string file_name_of(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c))) {
      text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!text.empty() && text.back() != '-') {
      text += '-';
    }
  }
  while (text.ends_with('-')) text.pop_back();
  return text;
}

}  // namespace skipbench
