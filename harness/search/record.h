#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/search/bisection.h"
#include "kernels/base/json.h"

namespace skipbench {

/// How a search went: what a run tells at its end and keeps in its configuration, so that reports
/// can mark the chosen row.
struct SearchRecord {
  std::string model;   // as the database has it
  std::string search;  // the entry's label
  Goal goal;
  std::string parameter;  // that was scaled
  SearchRange range;
  std::vector<std::string> labels;  // of the probes
  std::vector<Probe> probes;        // in the order in which they were tried
  Conclusion conclusion;
  std::string preset_note = "";  // what was done to the preset that the settings come from

  /// "": nothing was found.
  std::string chosen() const;
};

/// What is to be said of it: the choice first, then what limits it.
std::vector<std::string> sentences(const SearchRecord& record);

/// A line a setting: what it saves, how it compares with the goal, value with standard error.
std::string steps_table(const SearchRecord& record);

/// For the run's configuration; with the sentences.
Json search_json(const SearchRecord& record);

/// What a report needs of a stored search.
struct SearchResult {
  std::string model, search, chosen;
  std::vector<std::string> labels;     // that were tried
  std::vector<std::string> sentences;  // about the choice
};

/// The searches of a run's configuration; none when it had no search.
std::vector<SearchResult> search_results(const Json& config);

}  // namespace skipbench
