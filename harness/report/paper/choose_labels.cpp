#include "harness/report/paper/choose_labels.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include "harness/base/add_once.h"
#include "kernels/base/error.h"
#include "kernels/base/suggest.h"

namespace skipbench {
namespace {

template <class Predicate>
std::vector<std::string> labels_where(std::span<const PlannedCell> cells, Predicate matches) {
  std::vector<std::string> labels;
  for (const PlannedCell& cell : cells) {
    if (matches(cell)) add_once(labels, cell.label);
  }
  return labels;
}

// What a word that means nothing may have been: labels, methods and, for a glob, the globs that the
// first words of labels make.
std::vector<std::string> names_like(const std::string& word, std::span<const PlannedCell> cells) {
  std::vector<std::string> names = labels_where(cells, [](const PlannedCell&) { return true; });
  const size_t labels = names.size();
  for (const PlannedCell& cell : cells) add_once(names, cell.method);
  if (word.find_first_of("*?[") == std::string::npos) return names;
  for (size_t i = 0; i < labels; ++i) {
    add_once(names, names[i].substr(0, names[i].find(' ')) + "*");
  }
  return names;
}

}  // namespace

std::vector<std::string> find_labels(std::span<const PlannedCell> cells, const std::string& word) {
  auto found = labels_where(cells, [&](const PlannedCell& c) { return c.label == word; });
  if (!found.empty()) return found;
  found = labels_where(cells, [&](const PlannedCell& c) { return c.method == word; });
  if (!found.empty()) return found;
  return labels_where(
      cells, [&](const PlannedCell& c) { return fnmatch(word.c_str(), c.label.c_str(), 0) == 0; });
}

std::vector<std::string> choose_labels(std::span<const PlannedCell> cells, const std::string& word,
                                       std::string_view where) {
  std::vector<std::string> chosen = find_labels(cells, word);
  if (!chosen.empty()) return chosen;
  const std::vector<std::string> names = names_like(word, cells);
  throw InputError(
      fmt::format("{}: no label or method '{}'{}", where, word, suggestion(word, names)));
}

}  // namespace skipbench
