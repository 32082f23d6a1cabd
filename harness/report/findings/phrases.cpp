#include "harness/report/findings/phrases.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/report/judge/label_text.h"

namespace skipbench {
namespace {

std::vector<std::string> label_texts(const std::vector<std::string>& labels, size_t first) {
  std::vector<std::string> texts;
  for (size_t i = first; i < labels.size(); ++i) texts.push_back(label_text(labels[i]));
  return texts;
}

}  // namespace

Phrase named(const std::string& label, Emphasis emphasis) {
  return {label_text(label), emphasis};
}

Sentences listed(const std::vector<std::string>& labels, Emphasis emphasis) {
  constexpr size_t kShown = 4;
  const size_t shown = labels.size() > kShown + 1 ? kShown : labels.size();
  Sentences words;
  for (size_t i = 0; i < shown; ++i) {
    const bool is_last = i + 1 == labels.size();
    if (i > 0) words.push_back({is_last ? " and " : ", "});
    words.push_back(named(labels[i], emphasis));
  }
  if (shown < labels.size()) {
    words.push_back({" and "});
    words.push_back({fmt::format("{} more", labels.size() - shown), Emphasis::kNone,
                     fmt::format("({})", fmt::join(label_texts(labels, shown), ", "))});
  }
  return words;
}

void append(Sentences& words, const Sentences& more) {
  words.insert(words.end(), more.begin(), more.end());
}

void append_list(Sentences& words, const std::string& what,
                 const std::vector<std::string>& labels) {
  if (labels.empty()) return;
  words.push_back({what});
  append(words, listed(labels));
  words.push_back({"."});
}

Sentences no_score_words() {
  return {{"No method scores above 0."}};
}

}  // namespace skipbench
