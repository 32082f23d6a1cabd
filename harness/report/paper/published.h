#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace skipbench {

/// A figure that a paper reports.
struct PublishedFigure {
  std::string model, row, column;
  double value = 0;
  std::string setup;  // where it differs from the paper's usual one
};

/// What one paper reports: where it stands, how it was measured, and its figures.
struct PublishedFigures {
  std::string source;  // empty: nothing was published
  std::string setup;
  std::vector<PublishedFigure> figures;

  /// The figure, or null. An empty model is the only one that the table has.
  const PublishedFigure* find(const std::string& model, const std::string& row,
                              const std::string& column) const;
};

/// Reads a file with the keys `source`, `setup` and `figures`, a list of maps of model, row,
/// column, value and, where it differs, setup. Throws InputError with all problems of the file,
/// doubly given figures among them.
PublishedFigures load_published(const std::filesystem::path& file);

}  // namespace skipbench
