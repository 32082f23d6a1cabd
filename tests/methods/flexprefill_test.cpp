#include "methods/flexprefill.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/methods/support/naive_sparse.h"

namespace skipbench::test {
namespace {

using Row = std::vector<double>;
using Map = std::vector<std::vector<bool>>;
using Products = at::TensorAccessor<double, 2>;  // q . k of one head, [n, n]

Row softmax(Row scores) {
  double total = 0;
  for (double& score : scores) total += score = std::exp(score);
  for (double& score : scores) score /= total;
  return scores;
}

// What the mean of some queries scores with the mean of each of the first `blocks` blocks of keys.
Row pooled_scores(const Products& products, int64_t begin, int64_t end, int64_t blocks,
                  double scale) {
  Row scores;
  for (int64_t block = 0; block < blocks; ++block) {
    const int64_t first = 128 * block, last = std::min(first + 128, products.size(0));
    double sum = 0;
    for (int64_t i = begin; i < end; ++i) {
      for (int64_t j = first; j < last; ++j) sum += products[i][j];
    }
    scores.push_back(sum / static_cast<double>((end - begin) * (last - first)) / scale);
  }
  return scores;
}

// What the last queries pay: to each block of keys, and at each block of distances.
struct Paid {
  Row keys, distances;
};

Paid paid_by_last(const NaiveSparseLayer& at, int64_t head, int64_t blocks) {
  const int64_t n = at.tokens();
  const at::Tensor weights = at.layer.probe_weights(at.live, at.params.at("window"));
  const auto w = weights.accessor<double, 3>();
  Paid paid{Row(blocks, 0.0), Row(blocks, 0.0)};
  for (int64_t row = 0; row < weights.size(0); ++row) {
    const int64_t i = n - weights.size(0) + row;
    for (int64_t j = 0; j <= i; ++j) {
      const double share = w[row][head][at.live[j]] / static_cast<double>(weights.size(0));
      paid.keys[j / 128] += share;
      paid.distances[(i - j) / 128] += share;
    }
  }
  return paid;
}

double distance(const Row& p, const Row& q) {
  double divergence = 0;
  for (size_t i = 0; i < p.size(); ++i) {
    const double middle = (p[i] + q[i]) / 2;
    if (p[i] > 0) divergence += p[i] * std::log(p[i] / middle) / 2;
    if (q[i] > 0) divergence += q[i] * std::log(q[i] / middle) / 2;
  }
  return std::sqrt(divergence);
}

// One head's blocks of 128 x 64.
Map query_aware(const Products& products, double scale, double gamma, int64_t least) {
  const int64_t n = products.size(0), blocks = (n + 127) / 128;
  Row map;
  Positions forced;
  Map seen(blocks, std::vector<bool>((n + 63) / 64, false));
  const auto see = [&](int64_t row, int64_t block) {
    for (const int64_t key : {2 * block, 2 * block + 1}) {
      if (key < std::ssize(seen[row])) seen[row][key] = true;
    }
  };
  for (int64_t row = 0; row < blocks; ++row) {
    const int64_t end = std::min(128 * (row + 1), n);
    Row scores = softmax(pooled_scores(products, 128 * row, end, row + 1, scale));
    scores.resize(blocks, 0.0);
    const std::vector<bool> highest = naive_share(scores, 0, {0, row}, least);
    for (int64_t block = 0; block <= row; ++block) {
      if (highest[block]) see(row, block);
    }
    map.insert(map.end(), scores.begin(), scores.end());
    forced.push_back(row * blocks);
    forced.push_back(row * blocks + row);
  }
  const std::vector<bool> chosen = naive_share(map, gamma, forced);
  for (int64_t cell = 0; cell < blocks * blocks; ++cell) {
    if (chosen[cell]) see(cell / blocks, cell % blocks);
  }
  return seen;
}

Map vertical_slash(const NaiveSparseLayer& at, const Paid& paid, int64_t blocks, int64_t least) {
  const std::vector<bool> columns = naive_share(paid.keys, at.params.at("gamma"), {0}, least);
  const std::vector<bool> bands = naive_share(paid.distances, at.params.at("gamma"), {0}, least);
  Map seen(blocks, std::vector<bool>((at.tokens() + 63) / 64, false));
  for (std::vector<bool>& row : seen) {
    for (int64_t key = 0; key < std::ssize(row); ++key) row[key] = columns[key / 2];
  }
  for (int64_t o = 0; o < at.tokens(); ++o) {
    if (bands[o / 128]) mark_diagonal(seen, o);
  }
  return seen;
}

NaiveSees naive_flexprefill_pattern(const NaiveSparseLayer& at) {
  const int64_t n = at.tokens(), blocks = (n + 127) / 128;
  const int64_t least = (at.params.at("min_budget").get<int64_t>() + 127) / 128;
  if (at.params.at("gamma") >= 1 || n <= 128) return {};
  const int64_t window = std::min(at.params.at("window").get<int64_t>(), n);
  const double scale = std::sqrt(static_cast<double>(at.layer.queries().size(2)));
  const at::Tensor scores = naive_scores(at);
  const auto products = scores.accessor<double, 3>();
  std::vector<Map> heads;
  for (int64_t head = 0; head < at.heads(); ++head) {
    const Paid paid = paid_by_last(at, head, blocks);
    const Row estimate = softmax(pooled_scores(products[head], n - window, n, blocks, scale));
    heads.push_back(distance(estimate, paid.keys) < at.params.at("tau")
                        ? query_aware(products[head], scale, at.params.at("gamma"), least)
                        : vertical_slash(at, paid, blocks, least));
  }
  return [heads](int64_t head, int64_t i, int64_t j) { return heads[head][i / 128][j / 64]; };
}

Outcome naive_flexprefill(const Model& model, const Prompt& prompt, const Json& p) {
  return naive_sparse(model, prompt, p, naive_flexprefill_pattern);
}

// Some heads are nearer to their estimate, some are farther.
constexpr const char* kSmallFlexprefill =
    R"({"gamma": 0.5, "tau": 0.15, "min_budget": 128, "window": 24, "layers": [0, 3, 6]})";

TEST(FlexPrefill, EqualsTheReferenceForEveryShape) {
  for (const TinyShape& shape : tiny_shapes()) {
    expect_equals("flexprefill", naive_flexprefill, shape, kSmallFlexprefill, 400);
  }
}

TEST(FlexPrefill, EqualsTheReferenceAtEveryLength) {
  for (const int64_t length : {1, 24, 128, 129, 300, 600}) {
    expect_equals("flexprefill", naive_flexprefill, tiny_llama(), kSmallFlexprefill, length);
  }
}

TEST(FlexPrefill, EqualsTheReferenceAtTheEdgesOfItsParameters) {
  for (const char* params :
       {R"({"gamma": 0.3, "tau": 1, "min_budget": 0, "layers": [0, 1, 2]})",
        R"({"gamma": 0.3, "tau": 0, "min_budget": 0, "layers": [0, 1, 2]})",
        R"({"gamma": 0.9, "tau": 0.1, "min_budget": 200, "window": 1, "layers": [4]})",
        R"({"gamma": 0, "min_budget": 300, "window": 500, "layers": [4]})",
        R"({"gamma": 1, "layers": [4]})"}) {
    expect_equals("flexprefill", naive_flexprefill, tiny_llama(), params, 500);
    expect_equals("flexprefill", naive_flexprefill, tiny_shapes()[5], params, 500);
  }
}

TEST(FlexPrefill, CountsThePairsThatItsHeadsAttend) {
  for (const int64_t length : {200, 460}) {
    expect_counts_pairs("flexprefill", naive_flexprefill_pattern, tiny_llama(), kSmallFlexprefill,
                        length);
  }
}

TEST(FlexPrefill, RefusesWhatDoesNotFit) {
  EXPECT_EQ(first_problem("flexprefill", R"({"gamma": 1.5})"), "gamma");
  EXPECT_EQ(first_problem("flexprefill", R"({"layers": [3, 2]})"), "layers[1]");
  expect_refused("flexprefill", R"({"layers": [8]})");
}

}  // namespace
}  // namespace skipbench::test
