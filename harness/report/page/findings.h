#pragma once

#include <string>
#include <vector>

#include "harness/report/report_data.h"

namespace skipbench {

/// Names of methods stand out, as they may hold commas; the one that is the answer most.
enum class Emphasis { kNone, kName, kAnswer };

/// A part of a sentence.
struct Phrase {
  std::string text;
  Emphasis emphasis = Emphasis::kNone;
};
using Sentences = std::vector<Phrase>;

/// What the tables say: what it is about, and the words.
struct Finding {
  std::string about;
  Sentences text;
};

/// "A, B and C", or the first few "and 4 more".
Sentences listed(const std::vector<std::string>& labels);

/// Stands instead of a best method where the highest score is 0.
Sentences no_score_words();

/// What the tasks say one by one, of ranked cells: which methods are best or like the best on each
/// of them; for every task with accuracies the best method, what cannot be told from it, and which
/// of these costs least; for every kind of timed task the fastest method at the longest and at the
/// shortest prompt, beside what its saved FLOPs promise; whether times hardly grow with the prompt,
/// and whether the methods' budgets are unequal.
std::vector<Finding> findings_of(const ModelCells& model);

}  // namespace skipbench
