#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace skipbench {

/// A column's figure: the score less the baseline's on the same samples, mean over tasks of equal
/// weight, with its 95% interval.
inline constexpr std::string_view kScoreGain = "score_gain";

/// A row, or the rows that a word means (choose_labels()).
struct TableRowSpec {
  std::string match;      // label, method or glob
  std::string name;       // shown; empty: the label
  std::string published;  // the row's name in the published figures; default: what is shown
};

/// Which models a part of the table is for.
struct TableModelSpec {
  std::string match = "*";  // glob over the database's models
  std::string name;         // shown, and the model's name in the published figures
};

/// A figure, over the tasks that it is for.
struct TableColumnSpec {
  std::string figure;              // "score", kScoreGain, "loss" or a field of the report
  std::string name;                // heading
  std::vector<std::string> tasks;  // globs over "task", "task subset" and "subset"; empty: all
  std::string published;           // the column's name in the published figures
  bool show_error = false;         // ± standard error, or the 95% interval of a single task
};

/// A table as YAML describes it. Keys: table, title, experiment, models, rows, columns, categories,
/// highlight, published.
struct TableSpec {
  std::string name, title;
  std::string experiment;  // empty: all of the database
  std::vector<TableModelSpec> models;
  std::vector<TableRowSpec> rows;
  std::vector<TableColumnSpec> columns;
  bool highlight = false;  // mark the best of each accuracy column and what cannot be told from it
  std::filesystem::path published;  // empty: none
};

/// Reads a table file. A column is a figure's name, or a map with it. Two names stand for several
/// columns or tasks: `categories` for the mean score of each of the file's categories, `average`
/// for the mean score over all tasks. Throws InputError with all problems of the file.
TableSpec load_table_spec(const std::filesystem::path& file);

}  // namespace skipbench
