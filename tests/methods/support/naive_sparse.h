#pragma once

#include <functional>

#include "tests/methods/support/naive_model.h"
#include "tests/methods/support/reference.h"

namespace skipbench::test {

/// A layer before which a pattern is chosen, and what its reference may look at.
struct NaiveSparseLayer {
  const NaiveLayer& layer;
  int64_t index;
  const Positions& live;
  const Prompt& prompt;
  const Json& params;

  int64_t heads() const { return layer.queries().size(1); }
  int64_t tokens() const { return std::ssize(live); }
};

/// Whether a head's query of rank i sees the key of rank j <= i, ranks among the living tokens; an
/// empty function: it sees all of them.
using NaiveSees = std::function<bool(int64_t head, int64_t i, int64_t j)>;
/// A method's pattern, written a second time.
using NaivePattern = NaiveSees (*)(const NaiveSparseLayer& at);

/// [N, D] attention output of a layer under the pattern: 0 for tokens that do not live.
at::Tensor naive_sparse_attention(const NaiveSparseLayer& at, NaivePattern pattern);
/// The whole model: every token runs everything, the attention is that above.
Outcome naive_sparse(const Model& model, const Prompt& prompt, const Json& params,
                     NaivePattern pattern);
/// Pairs that the pattern lets through, the mean over heads, rounded.
int64_t naive_pairs(const NaiveSparseLayer& at, NaivePattern pattern);

/// The method attends in layer 0 as many pairs as its reference.
void expect_counts_pairs(std::string_view method, NaivePattern pattern, const TinyShape& shape,
                         std::string_view params, int64_t length);

/// The fewest of all scores that hold `share` of their sum and are `least` at least: forced ones
/// first, then the highest, ties to the lower index. As a mask.
std::vector<bool> naive_share(const std::vector<double>& scores, double share,
                              const Positions& forced, int64_t least = 0);

/// q . k of all living tokens: [H, n, n].
at::Tensor naive_scores(const NaiveSparseLayer& at);

}  // namespace skipbench::test
