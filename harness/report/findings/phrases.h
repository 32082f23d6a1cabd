#pragma once

#include <string>
#include <vector>

namespace skipbench {

/// Names of methods stand out; the one that is the answer most.
enum class Emphasis { kNone, kName, kAnswer };

/// A part of a sentence.
struct Phrase {
  std::string text;
  Emphasis emphasis = Emphasis::kNone;
  std::string folded = {};  // shown after `text` when the reader opens it
};
using Sentences = std::vector<Phrase>;

/// What the tables say: what it is about, and the words.
struct Finding {
  std::string about;
  Sentences text;
  bool of_one_task = false;  // one of many alike, where there are many tasks
};

/// A method's name: label_text().
Phrase named(const std::string& label, Emphasis emphasis = Emphasis::kName);

/// "A, B and C", or the first few "and 4 more", behind which the others are folded.
Sentences listed(const std::vector<std::string>& labels, Emphasis emphasis = Emphasis::kName);

void append(Sentences& words, const Sentences& more);

/// Appends "WHAT A, B and C."; nothing without labels.
void append_list(Sentences& words, const std::string& what, const std::vector<std::string>& labels);

/// Stands instead of a best method where the highest score is 0.
Sentences no_score_words();

}  // namespace skipbench
