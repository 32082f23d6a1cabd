#include "tests/methods/support/naive_xattention.h"

#include <ATen/ATen.h>

#include <cmath>

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

}  // namespace

NaiveSees naive_xattention_pattern(const NaiveSparseLayer& at) {
  const int64_t n = at.tokens(), stride = at.params.at("stride"), blocks = (n + 127) / 128;
  if (at.params.at("tau") >= 1 || n <= 128) return {};
  const double scale =
      std::sqrt(static_cast<double>(at.layer.queries().size(2))) * static_cast<double>(stride);
  const at::Tensor products = naive_scores(at);
  const auto scores = products.accessor<double, 3>();
  std::vector<std::vector<std::vector<bool>>> seen(at.heads());
  for (int64_t head = 0; head < at.heads(); ++head) {
    for (int64_t block = 0; block < blocks; ++block) {
      std::vector<double> sums(blocks, 0.0);
      const int64_t first = 128 * block / stride, side = 128 / stride;
      for (int64_t row = first; row < first + side && row * stride < n; ++row) {
        const std::vector<double> weights = row_weights(scores[head], row, stride, scale);
        for (int64_t column = 0; column <= row; ++column) sums[column / side] += weights[column];
      }
      seen[head].push_back(naive_share(sums, at.params.at("tau"), {0, block}));
    }
  }
  return [seen](int64_t head, int64_t i, int64_t j) { return seen[head][i / 128][j / 128]; };
}

}  // namespace skipbench::test
