#include "tests/methods/support/naive_xattention.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace skipbench::test {
namespace {

using Scores = at::TensorAccessor<double, 2>;  // of one head, [n, n]

// The softmax of one row of squares over those before it and its own.
std::vector<double> row_weights(const Scores& scores, int64_t row, int64_t stride, double scale) {
  std::vector<double> weights;
  double total = 0;
  for (int64_t column = 0; column <= row; ++column) {
    double sum = 0;
    for (int64_t s = 0; s < stride; ++s) {
      const int64_t i = row * stride + stride - 1 - s, j = column * stride + s;
      if (i < scores.size(0) && j < scores.size(0)) sum += scores[i][j];
    }
    weights.push_back(std::exp(sum / scale));
    total += weights.back();
  }
  for (double& weight : weights) weight /= total;
  return weights;
}

// Which blocks a row of blocks sees, given their sums, in the words of the two rules: of the first
// chunk of queries and of the others.
std::vector<bool> taken_blocks(const std::vector<double>& sums, int64_t row, double tau,
                               bool first_chunk) {
  const auto blocks = static_cast<int64_t>(sums.size());
  double total = 0;
  for (const double sum : sums) total += sum;
  std::vector<bool> taken(blocks, false);
  taken[0] = taken[row] = true;
  if (tau >= 1) return std::vector<bool>(blocks, true);

  std::vector<int64_t> others;  // highest first
  for (int64_t block = first_chunk ? 0 : 1; block < row; ++block) others.push_back(block);
  std::stable_sort(others.begin(), others.end(),
                   [&](int64_t a, int64_t b) { return sums[a] > sums[b]; });
  if (!first_chunk) {
    double before = sums[0] + (row > 0 ? sums[row] : 0);
    for (const int64_t block : others) {
      if (before >= tau * total) break;
      taken[block] = true;
      before += sums[block];
    }
    return taken;
  }
  // The best other always, unless nothing is required; the p-th if own + best p - 2 others is not
  // enough.
  double own_and_best = sums[row];
  for (size_t p = 1; p <= others.size(); ++p) {
    if (p > 2) own_and_best += sums[others[p - 3]];
    const double before = p == 1 ? 0 : own_and_best;
    if (before >= tau * total) break;
    taken[others[p - 1]] = true;
  }
  return taken;
}

// Blocks of queries in the first chunk.
int64_t first_chunk_blocks(int64_t n) {
  int64_t padded = 1;
  while (padded < n) padded *= 2;
  return std::max<int64_t>(2048, std::min<int64_t>(padded, 268435456 / padded)) / 128;
}

}  // namespace

NaiveSees naive_xattention_pattern(const NaiveSparseLayer& at) {
  const int64_t n = at.tokens(), stride = at.params.at("stride"), blocks = (n + 127) / 128;
  const Json& taus = at.params.at("head_taus");
  if ((taus.is_null() && at.params.at("tau") >= 1) || n <= 128) return {};
  const int64_t lagging = at.params.at("first_chunk") == "authors" ? first_chunk_blocks(n) : 0;
  const double scale =
      std::sqrt(static_cast<double>(at.layer.queries().size(2))) * static_cast<double>(stride);
  const at::Tensor products = naive_scores(at);
  const auto scores = products.accessor<double, 3>();
  std::vector<std::vector<std::vector<bool>>> seen(at.heads());
  for (int64_t head = 0; head < at.heads(); ++head) {
    const double tau = taus.is_null() ? at.params.at("tau").get<double>()
                                      : taus.at(at.index).at(head).get<double>();
    for (int64_t block = 0; block < blocks; ++block) {
      std::vector<double> sums(blocks, 0.0);
      const int64_t first = 128 * block / stride, side = 128 / stride;
      for (int64_t row = first; row < first + side && row * stride < n; ++row) {
        const std::vector<double> weights = row_weights(scores[head], row, stride, scale);
        for (int64_t column = 0; column <= row; ++column) sums[column / side] += weights[column];
      }
      seen[head].push_back(taken_blocks(sums, block, tau, block < lagging));
    }
  }
  return [seen](int64_t head, int64_t i, int64_t j) { return seen[head][i / 128][j / 128]; };
}

}  // namespace skipbench::test
