#include "harness/tasks/articles.h"

#include <fmt/format.h>

#include "harness/tasks/embedded_articles.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

constexpr std::string_view kQuestion = "Q: ", kAnswer = "A: ";

// The files are our own and part of the program: a fault in one is a fault of the code.
[[noreturn]] void malformed(std::string_view name, std::string_view expected) {
  throw ContractError(fmt::format("article '{}': expected {}", name, expected));
}

std::string_view take_line(std::string_view& rest) {
  const size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

Article parse_article(const EmbeddedText& file) {
  Article article{file.name, {}, {}, {}};
  std::string_view rest = file.text;
  article.title = take_line(rest);
  if (article.title.empty() || !take_line(rest).empty()) {
    malformed(file.name, "a title and an empty line");
  }
  const size_t questions = rest.find("\n\nQ: ");
  if (questions == std::string_view::npos) malformed(file.name, "an empty line before 'Q:' lines");
  article.text = rest.substr(0, questions);
  rest.remove_prefix(questions + 2);
  while (!rest.empty()) {
    const std::string_view question = take_line(rest), answer = take_line(rest);
    if (!question.starts_with(kQuestion) || !answer.starts_with(kAnswer)) {
      malformed(file.name, "a 'Q:' line followed by an 'A:' line");
    }
    article.questions.push_back({question.substr(kQuestion.size()), answer.substr(kAnswer.size())});
  }
  return article;
}

}  // namespace

std::span<const Article> articles() {
  static const std::vector<Article> parsed = [] {
    std::vector<Article> all;
    for (const EmbeddedText& file : embedded_articles()) all.push_back(parse_article(file));
    return all;
  }();
  return parsed;
}

}  // namespace skipbench
