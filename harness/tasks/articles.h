#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace skipbench {

/// A question on an article; the answer stands in the article word for word and in no other one.
struct QuestionAnswer {
  std::string_view question, answer;
};

/// A short article about an invented place, person or custom: no model can know the answers.
struct Article {
  std::string_view name;   // the file's name: "pellworth-tide-mill"
  std::string_view title;  // one line
  std::string_view text;   // paragraphs, an empty line between them
  std::vector<QuestionAnswer> questions;
};

/// The articles of `embedded_qa`, by name. The files are articles/*.txt: the title, an empty line,
/// the text, an empty line, then `Q:` and `A:` lines.
std::span<const Article> articles();

}  // namespace skipbench
