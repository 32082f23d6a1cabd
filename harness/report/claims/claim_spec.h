#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/report/claims/condition.h"
#include "harness/report/paper/published.h"

namespace skipbench {

/// A sentence of a paper that measurements can decide.
struct ClaimSpec {
  std::string id;
  std::string sentence;              // in our words
  std::string where;                 // in the paper
  std::vector<std::string> labels;   // as find_labels() takes them; the first that means something
  std::vector<std::string> against;  // the same of the other side; empty: the baseline
  std::vector<std::string> models;   // globs; empty: all
  std::vector<std::string> tasks;    // as a table's column has them; empty: all
  std::vector<Condition> holds;      // all of them together
  std::vector<PublishedFigure> published;  // that the paper gives for it
};

/// The claims of one paper.
struct ClaimsSpec {
  std::string source, setup;  // of the published figures
  std::vector<ClaimSpec> claims;
};

/// Reads a file with the keys `published`, a file of published figures beside it, and `claims`, a
/// list of maps of id, claim, where, label, against, models, tasks, holds and published, of which
/// against, models and tasks may be left out. A verdict is no key. Throws InputError with all
/// problems of the file, figures that the paper does not report among them.
ClaimsSpec load_claims(const std::filesystem::path& file);

/// "all": every file in experiments/claims/ that came with the program, by name; else the one file,
/// as shipped_file() finds it.
std::vector<std::filesystem::path> claims_files(const std::string& word);

}  // namespace skipbench
