#pragma once

#include <string_view>
#include <vector>

#include "tests/methods/support/naive_model.h"
#include "tests/methods/support/tiny_model.h"

namespace skipbench::test {

/// A method written a second time. `params` as resolve() writes them.
using Reference = Outcome (*)(const Model& model, const Prompt& prompt, const Json& params);

/// The method and its reference keep the same tokens and give the same logits, to 1e-4, on three
/// prompts drawn from the seed.
void expect_equals(std::string_view method, Reference reference, const TinyShape& shape,
                   std::string_view params, int64_t length, uint64_t seed = 1);

/// What is wrong with the parameters first of all, or the empty string.
std::string first_problem(std::string_view method, std::string_view params);
/// Making it for the tiny Llama, which has 8 layers, throws InputError.
void expect_refused(std::string_view method, std::string_view params);

/// The `count` highest of scores[candidates], forced ones first, ties to the lower position;
/// ascending.
Positions naive_top(const std::vector<double>& scores, const Positions& candidates, int64_t count,
                    const Positions& forced = {});
/// scores averaged over `pool` neighbours, zeros beyond the ends counted.
std::vector<double> naive_pooled(const std::vector<double>& scores, int64_t pool);
/// A budget as it stands in JSON as a count of the prompt's n tokens: shares are rounded down.
int64_t naive_tokens(const Json& budget, int64_t n);

}  // namespace skipbench::test
