#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace skipbench {

/// A column of a table for people. Columns of equal group stand under one heading.
struct TableColumn {
  std::string group;
  std::string heading;
  std::string hint;          // what the heading means; empty when it is plain
  bool collapsible = false;  // goes into the caption when all rows say the same
};

/// A row; rows of equal section stand together under the section's name.
struct TableRow {
  std::string section;
  std::vector<std::string> cells;  // one a column, the row's name first
};

struct Table {
  std::string title;
  std::vector<std::string> caption;
  std::vector<TableColumn> columns;
  std::vector<TableRow> rows;
};

/// Moves the collapsible columns that do not vary from row to row into the caption.
void collapse_constant_columns(Table& table);

/// One experiment on one model.
struct Section {
  std::string heading;
  std::vector<std::string> caption;
  std::vector<Table> tables;
  std::vector<std::string> notes;
};

struct Document {
  std::vector<Section> sections;
  std::vector<std::string> footer;
};

/// What the headings mean, in order of appearance, each heading once.
std::vector<std::pair<std::string, std::string>> legend_of(const Document& document);

/// Aligned columns under thin rules; tables wider than `width` are split between column groups,
/// the first column repeated. 0: never split.
std::string print_text(const Document& document, size_t width);

/// GitHub's Markdown.
std::string print_markdown(const Document& document);

/// LaTeX with the rules of package booktabs: one table environment a table.
std::string print_latex(const Document& document);

/// Columns that a terminal gives the text: East Asian wide characters take two, combining marks
/// none.
size_t display_width(std::string_view text);

}  // namespace skipbench
