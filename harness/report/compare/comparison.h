#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/report/judge/fields.h"
#include "harness/report/judge/report_data.h"
#include "harness/report/tables/document.h"
#include "harness/statistics/mean_ratio.h"
#include "harness/statistics/paired_difference.h"
#include "harness/store/queries.h"

namespace skipbench {

class CellRows;  // compare_cells.h

/// What to compare: the second method with the first. Each is a label, a method's name or a glob
/// over labels; the first must mean one label.
struct ComparisonRequest {
  std::string first, second;
  std::string experiment = "";  // empty: all
  bool allow_mixed = false;     // also where model, data or protocol differ
};

/// One figure of one task, or over tasks of equal weight, over the samples that both have.
struct ComparedFigure {
  std::string name;  // a metric, "loss" or "KL"; over tasks "score" for each task's main metric
  Unit unit = Unit::kPoints;
  std::optional<double> first_mean, second_mean;
  PairedDifference difference;  // second - first
  double p_holm = 1;            // corrected over Comparison::corrected_together
};

/// first / second: how many times faster the second is. Only times of one run pair; where there are
/// no such pairs, both may have pairs with the baseline, and the ratios are those of their
/// speed-ups over it, one a sample.
struct ComparedTime {
  int64_t pairs = 0;  // of the values behind the means
  bool over_baseline = false;
  bool too_fast = false, host_bound = false;  // to the first token: of one of the two
  MeanRatio mean;                             // of the ratios
  MedianEstimate median;                      // of the ratios
  std::optional<double> ratio_of_means;
};

struct ComparedTask {
  std::string name;
  int64_t first_samples = 0, second_samples = 0;  // that ended well
  std::vector<ComparedFigure> figures;
  ComparedTime ttft, end_to_end;
};

/// Two labels on one model.
struct Comparison {
  std::string experiment, model, first, second;
  std::vector<ComparedTask> tasks;
  std::vector<ComparedFigure> over_tasks;  // where there are several tasks
  // So many comparisons, this one among them, share one correction: each figure's p-values of all
  // their tasks, and apart from these the p-values of their means over tasks.
  size_t corrected_together = 1;
  std::vector<std::string> notes;
};

/// Compares rows of two databases, or of one given twice, sample by sample. Throws InputError for
/// names that mean nothing (with the nearest), for labels without a common task, and for tasks on
/// which model file, data, protocol or dtype differ, unless that is allowed and noted.
std::vector<Comparison> compare_methods(const StoreReader& first, const StoreReader& second,
                                        const ComparisonRequest& request);

/// The same of two labels of a report's model, as `compare_methods` gives it for these two alone:
/// tasks that one of them lacks, or on which they were not measured on the same, are left out.
/// Empty where none is left. `rows` keeps what was read for the next pair.
std::optional<Comparison> compare_two(const StoreReader& reader, const ModelCells& model,
                                      const std::string& first, const std::string& second,
                                      CellRows& rows);

/// What a comparison's tables hold: differences, then times; either may have no rows.
struct ComparisonTables {
  Table differences, times;
  std::vector<std::string> notes;
};
ComparisonTables comparison_tables(const Comparison& comparison);

/// For people and for programs.
std::string print_comparisons_text(const std::vector<Comparison>& comparisons, size_t width);
std::string print_comparisons_json(const std::vector<Comparison>& comparisons);

}  // namespace skipbench
