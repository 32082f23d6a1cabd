#include "tests/methods/support/reference.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "kernels/base/error.h"

namespace skipbench::test {

void expect_equals(std::string_view method, Reference reference, const TinyShape& shape,
                   std::string_view params, int64_t length, uint64_t seed) {
  SCOPED_TRACE(testing::Message() << shape.name << " " << params << " N " << length);
  const Model model = tiny_model(shape);
  Decoder decoder(model);
  const Json given = Json::parse(params);
  for (const uint64_t each : {seed, seed + 10, seed + 20}) {
    SCOPED_TRACE(testing::Message() << "prompt " << each);
    const Prompt prompt = tiny_prompt(length, each);
    expect_same(run_method(method, given, decoder, prompt),
                reference(model, prompt, resolved(method, given)), 1e-4);
  }
}

std::string first_problem(std::string_view method, std::string_view params) {
  std::vector<ParameterProblem> problems;
  find_method(method).resolve(Json::parse(params), problems);
  return problems.empty() ? "" : problems[0].key;
}

void expect_refused(std::string_view method, std::string_view params) {
  const Json given = resolved(method, Json::parse(params));
  EXPECT_THROW(find_method(method).make(given, tiny_model(tiny_llama()).config), InputError)
      << params;
}

Positions naive_top(const std::vector<double>& scores, const Positions& candidates, int64_t count,
                    const Positions& forced) {
  std::set<int64_t> chosen(forced.begin(), forced.end());
  Positions by_score = candidates;
  std::stable_sort(by_score.begin(), by_score.end(),
                   [&](int64_t a, int64_t b) { return scores[a] > scores[b]; });
  for (const int64_t position : by_score) {
    if (std::ssize(chosen) >= count) break;
    chosen.insert(position);
  }
  return {chosen.begin(), chosen.end()};
}

std::vector<double> naive_pooled(const std::vector<double>& scores, int64_t pool) {
  std::vector<double> pooled(scores.size(), 0.0);
  for (int64_t i = 0; i < std::ssize(scores); ++i) {
    for (int64_t j = i - pool / 2; j <= i + pool / 2; ++j) {
      if (j >= 0 && j < std::ssize(scores)) pooled[i] += scores[j] / static_cast<double>(pool);
    }
  }
  return pooled;
}

int64_t naive_tokens(const Json& budget, int64_t n) {
  if (budget.is_number_integer()) return budget.get<int64_t>();
  return static_cast<int64_t>(std::floor(budget.get<double>() * static_cast<double>(n)));
}

}  // namespace skipbench::test
