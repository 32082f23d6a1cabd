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

// What the last queries pay on average to each key, and at each distance.
struct Paid {
  Row keys, distances;  // [n]
};

Paid paid_by_last(const NaiveSparseLayer& at, int64_t head) {
  const int64_t n = at.tokens();
  const at::Tensor weights = at.layer.probe_weights(at.live, at.params.at("window"));
  const auto w = weights.accessor<double, 3>();
  Paid paid{Row(n, 0.0), Row(n, 0.0)};
  for (int64_t row = 0; row < weights.size(0); ++row) {
    const int64_t i = n - weights.size(0) + row;
    for (int64_t j = 0; j <= i; ++j) {
      const double share = w[row][head][at.live[j]] / static_cast<double>(weights.size(0));
      paid.keys[j] += share;
      paid.distances[i - j] += share;
    }
  }
  return paid;
}

// The block of 128 keys that a key is in.
Row by_block(const Row& keys, int64_t blocks) {
  Row sums(blocks, 0.0);
  for (int64_t j = 0; j < std::ssize(keys); ++j) sums[j / 128] += keys[j];
  return sums;
}

// Bands are cut from the longest distance down: band 0 is what is left, the shortest.
Row by_band(const Row& distances, int64_t blocks) {
  const int64_t n = std::ssize(distances), rest = n - 128 * (blocks - 1);
  Row sums(blocks, 0.0);
  for (int64_t o = 0; o < n; ++o) sums[o < rest ? 0 : 1 + (o - rest) / 128] += distances[o];
  return sums;
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

Positions descending(const Row& scores) {
  Positions order = all_positions(std::ssize(scores));
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t a, int64_t b) { return scores[a] > scores[b]; });
  return order;
}

// Block or band 0, then those with the highest sums, `count` in all.
std::vector<bool> first_and_best(const Row& sums, int64_t count) {
  std::vector<bool> chosen(sums.size(), false);
  chosen[0] = true;
  int64_t missing = count - 1;
  for (const int64_t entry : descending(sums)) {
    if (missing <= 0) break;
    if (chosen[entry]) continue;
    chosen[entry] = true;
    --missing;
  }
  return chosen;
}

// (keys whose cumulative score is at most gamma, highest first, and one more) // 128 + 1
int64_t authors_count(const Row& lines, double gamma) {
  int64_t count = 1;
  double sum = 0;
  for (const int64_t line : descending(lines)) {
    sum += lines[line];
    if (sum > gamma) break;
    ++count;
  }
  return count / 128 + 1;
}

std::vector<bool> chosen_lines(const Row& sums, const Row& lines, const Json& p, int64_t least) {
  const double gamma = p.at("gamma");
  if (p.at("count") == "mass") return naive_share(sums, gamma, {0}, least);
  return first_and_best(sums, std::max(least, authors_count(lines, gamma)));
}

// Squares of blocks: block i of queries sees whole columns, and in band k block i - k.
Map columns_and_bands(const std::vector<bool>& columns, const std::vector<bool>& bands) {
  const int64_t blocks = std::ssize(columns);
  Map seen(blocks, std::vector<bool>(blocks, false));
  for (int64_t i = 0; i < blocks; ++i) {
    for (int64_t j = 0; j <= i; ++j) seen[i][j] = columns[j] || bands[i - j];
  }
  return seen;
}

// The pooled map's highest blocks of all rows together while the sum is at most gamma * rows.
void add_highest_of_map(Map& seen, const Products& products, double scale, double gamma) {
  const int64_t n = products.size(0), blocks = (n + 127) / 128;
  Row map;
  for (int64_t row = 0; row < blocks; ++row) {
    const int64_t end = std::min(128 * (row + 1), n);
    Row scores = softmax(pooled_scores(products, 128 * row, end, row + 1, scale));
    scores.resize(blocks, 0.0);
    map.insert(map.end(), scores.begin(), scores.end());
  }
  double sum = 0;
  for (const int64_t cell : descending(map)) {
    sum += map[cell];
    if (sum > gamma * static_cast<double>(blocks)) return;
    seen[cell / blocks][cell % blocks] = true;
  }
}

NaiveSees naive_flexprefill_pattern(const NaiveSparseLayer& at) {
  const int64_t n = at.tokens(), blocks = (n + 127) / 128;
  const int64_t least = (at.params.at("min_budget").get<int64_t>() + 127) / 128;
  const double gamma = at.params.at("gamma");
  if (gamma >= 1 || n <= std::max<int64_t>(256, 128 * least)) return {};
  const int64_t window = std::min(at.params.at("window").get<int64_t>(), n);
  const double scale = std::sqrt(static_cast<double>(at.layer.queries().size(2)));
  const at::Tensor scores = naive_scores(at);
  const auto products = scores.accessor<double, 3>();
  std::vector<Map> heads;
  for (int64_t head = 0; head < at.heads(); ++head) {
    const Paid paid = paid_by_last(at, head);
    const Row keys = by_block(paid.keys, blocks), bands = by_band(paid.distances, blocks);
    const Row estimate = softmax(pooled_scores(products[head], n - window, n, blocks, scale));
    if (distance(estimate, keys) < at.params.at("tau")) {
      heads.push_back(columns_and_bands(first_and_best(keys, least), first_and_best(bands, least)));
      add_highest_of_map(heads.back(), products[head], scale, gamma);
    } else {
      heads.push_back(columns_and_bands(chosen_lines(keys, paid.keys, at.params, least),
                                        chosen_lines(bands, paid.distances, at.params, least)));
    }
  }
  return [heads](int64_t head, int64_t i, int64_t j) { return heads[head][i / 128][j / 128]; };
}

Outcome naive_flexprefill(const Model& model, const Prompt& prompt, const Json& p) {
  return naive_sparse(model, prompt, p, naive_flexprefill_pattern);
}

// Some heads are nearer to their estimate, some are farther. gamma times the rows of blocks is
// never a whole number, at which a flat map's first rows end and rounding would decide.
constexpr const char* kSmallFlexprefill =
    R"({"gamma": 0.45, "tau": 0.15, "min_budget": 128, "window": 24, "layers": [0, 3, 6]})";

TEST(FlexPrefill, EqualsTheReferenceForEveryShape) {
  for (const TinyShape& shape : tiny_shapes()) {
    expect_equals("flexprefill", naive_flexprefill, shape, kSmallFlexprefill, 600);
  }
}

TEST(FlexPrefill, EqualsTheReferenceAtEveryLength) {
  for (const int64_t length : {1, 128, 256, 257, 300, 512, 700}) {
    expect_equals("flexprefill", naive_flexprefill, tiny_llama(), kSmallFlexprefill, length);
  }
}

TEST(FlexPrefill, EqualsTheReferenceAtTheEdgesOfItsParameters) {
  for (const char* params :
       {R"({"gamma": 0.3, "tau": 1, "min_budget": 1, "layers": [0, 1, 2]})",
        R"({"gamma": 0.3, "tau": 0, "min_budget": 1, "layers": [0, 1, 2]})",
        R"({"gamma": 0.3, "tau": 0, "min_budget": 1, "count": "mass", "layers": [0, 1, 2]})",
        R"({"gamma": 0.9, "tau": 0.1, "min_budget": 200, "window": 1, "layers": [4]})",
        R"({"gamma": 0, "min_budget": 300, "window": 500, "layers": [4]})",
        R"({"gamma": 1, "layers": [4]})"}) {
    expect_equals("flexprefill", naive_flexprefill, tiny_llama(), params, 530);
    expect_equals("flexprefill", naive_flexprefill, tiny_shapes()[5], params, 530);
  }
}

TEST(FlexPrefill, CountsThePairsThatItsHeadsAttend) {
  for (const int64_t length : {290, 460}) {
    expect_counts_pairs("flexprefill", naive_flexprefill_pattern, tiny_llama(), kSmallFlexprefill,
                        length);
  }
}

// Heads of columns and diagonals alone, at a gamma that one key and one distance exceed: one
// column and the blocks' own diagonal are left, of eight blocks a row.
TEST(FlexPrefill, SeesOneColumnAndOneDiagonalOfBlocksAtLeast) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const auto pairs = [&](const char* params) {
    const auto method = ready_method("flexprefill", Json::parse(params), decoder);
    return decoder.prefill(tiny_prompt(1024), *method).activity.layers[0].attention_pairs;
  };
  const int64_t own = 8 * 128 * 129 / 2, column = 7 * 128 * 128;
  EXPECT_EQ(pairs(R"({"gamma": 0, "tau": 0, "min_budget": 1})"), own + column);
  // Fewer than 128 keys, and distances, reach gamma: one block and one band still.
  EXPECT_EQ(pairs(R"({"gamma": 0.1, "tau": 0, "min_budget": 1})"), own + column);
  EXPECT_GT(pairs(R"({"gamma": 0.5, "tau": 0, "min_budget": 1, "count": "mass"})"),
            pairs(R"({"gamma": 0.5, "tau": 0, "min_budget": 1})"));
}

TEST(FlexPrefill, RefusesWhatDoesNotFit) {
  EXPECT_EQ(first_problem("flexprefill", R"({"gamma": 1.5})"), "gamma");
  EXPECT_EQ(first_problem("flexprefill", R"({"min_budget": 0})"), "min_budget");
  EXPECT_EQ(first_problem("flexprefill", R"({"count": "share"})"), "count");
  EXPECT_EQ(first_problem("flexprefill", R"({"layers": [3, 2]})"), "layers[1]");
  expect_refused("flexprefill", R"({"layers": [8]})");
}

}  // namespace
}  // namespace skipbench::test
