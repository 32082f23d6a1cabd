#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "harness/report/judge/judged_cell.h"

namespace skipbench {

/// A figure or a key of a cell; monostate is "unknown": NULL in the database, null in JSON.
using FieldValue = std::variant<std::monostate, bool, int64_t, double, std::string>;

/// How a field's numbers are written for people.
enum class Unit {
  kText,
  kCount,
  kPoints,  // 0 to 100, one decimal
  kMilliseconds,
  kRatio,  // 1.35x
  kShare,  // 0 to 1, shown in percent
  kNats,
  kNatsDelta,  // with its sign
  kPointsDelta,
  kBytes,
  kProbability,
};

/// One figure of a cell: its name in csv and json, its heading in tables, and what it means.
struct CellField {
  std::string_view id;
  std::string_view heading;
  Unit unit;
  std::string_view hint;
  bool is_figure;  // hidden where the cell's state shows none
  FieldValue (*get)(const JudgedCell& cell);
  bool is_accuracy = false;  // such a figure, which programs get also of an inactive method
};

/// One figure of one metric of a cell; all but the metric's name are accuracies.
struct MetricField {
  std::string_view id;
  Unit unit;
  std::string_view hint;
  FieldValue (*get)(const JudgedCell& cell, size_t metric);  // position in the cell's plan
};

/// All fields, in the order of csv and json. The metrics' fields stand after `subset`.
std::span<const CellField> cell_fields();
std::span<const MetricField> metric_fields();

/// The field with this id; throws ContractError when there is none.
const CellField& cell_field(std::string_view id);

/// The value, or nothing when it is a figure and the cell shows none.
FieldValue visible_value(const CellField& field, const JudgedCell& cell);

/// The same for programs, which take means over tasks: with the accuracy of inactive methods, which
/// is full attention's. What the views `cells` and `cell_details` hold.
FieldValue machine_value(const CellField& field, const JudgedCell& cell);
FieldValue machine_value(const MetricField& field, const JudgedCell& cell, size_t metric);

/// For people: "1.35x", "61%", "0.0123"; "–" for an unknown value.
std::string format_value(const FieldValue& value, Unit unit);

/// The cell's visible value of the field with this id, for people.
std::string field_text(const JudgedCell& cell, std::string_view id);

/// The same with the interval, of a field with bounds such as speedup_ttft_low.
std::string interval_field_text(const JudgedCell& cell, std::string_view id);

/// The speed-up to the first token with its interval, and its speedup_mark().
std::string speedup_text(const JudgedCell& cell);

/// "1.35x [1.31, 1.39]" from three values; without the bracket when the bounds are unknown.
std::string format_interval(const FieldValue& value, const FieldValue& low, const FieldValue& high,
                            Unit unit);

/// The same of a mean of ratios.
std::string format_ratio(const MeanRatio& ratio);

}  // namespace skipbench
