#pragma once

#include <gtest/gtest.h>

#include <cctype>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/tasks/task.h"

namespace skipbench {

/// The problems that a task's entry finds in parameters, as "key: message".
inline std::vector<std::string> problems_of(std::string_view task, const Json& params) {
  std::vector<ParameterProblem> problems;
  find_task(task).resolve(params, problems);
  std::vector<std::string> lines;
  for (const ParameterProblem& problem : problems) {
    lines.push_back(problem.key + ": " + problem.message);
  }
  return lines;
}

/// A task from parameters that must be in order.
inline std::unique_ptr<Task> make_task(std::string_view task, const Json& params,
                                       uint64_t seed = 0) {
  EXPECT_TRUE(problems_of(task, params).empty()) << problems_of(task, params).front();
  std::vector<ParameterProblem> problems;
  const TaskEntry& entry = find_task(task);
  return entry.make(entry.resolve(params, problems), seed);
}

/// A tokenizer for tests: white space ends a token.
inline int64_t count_words(std::string_view text) {
  int64_t words = 0;
  bool inside = false;
  for (const char c : text) {
    const bool space = std::isspace(static_cast<unsigned char>(c)) != 0;
    words += !space && !inside;
    inside = !space;
  }
  return words;
}

inline size_t occurrences(std::string_view text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

}  // namespace skipbench
