#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>

#include "tests/methods/support/naive_sparse.h"

namespace skipbench::test {
namespace {

// (vertical, slash) of a head.
std::pair<int64_t, int64_t> naive_pair(const NaiveSparseLayer& at, int64_t head) {
  const Json& p = at.params;
  if (p.at("heads").is_null()) return {p.at("vertical"), p.at("slash")};
  const auto letter = p.at("heads").at(at.index).get<std::string>().at(head);
  const Json& pair = p.at("pairs").at(letter - 'a');
  return {pair.at(0), pair.at(1)};
}

// The `count` lines with the highest sums, the first `forced` before all others.
Positions naive_lines(std::vector<double> sums, int64_t count, int64_t forced) {
  for (int64_t line = 0; line < std::min(forced, std::ssize(sums)); ++line) sums[line] = 1e300;
  Positions lines = all_positions(std::ssize(sums));
  std::stable_sort(lines.begin(), lines.end(),
                   [&](int64_t a, int64_t b) { return sums[a] > sums[b]; });
  lines.resize(std::min(count, std::ssize(lines)));
  return lines;
}

NaiveSees naive_minference_pattern(const NaiveSparseLayer& at) {
  const Json& p = at.params;
  const int64_t n = at.tokens();
  const at::Tensor paid = at.layer.probe_weights(at.live, p.at("window"));  // [w, H, N]
  const auto weights = paid.accessor<double, 3>();
  std::vector<std::vector<bool>> columns;              // [H][n]
  std::vector<std::vector<std::vector<bool>>> blocks;  // [H] of 128 queries x 64 keys
  for (int64_t head = 0; head < at.heads(); ++head) {
    const auto [vertical, slash] = naive_pair(at, head);
    std::vector<double> down(n, 0.0), along(n, 0.0);
    for (int64_t row = 0; row < paid.size(0); ++row) {
      const int64_t i = n - paid.size(0) + row;
      for (int64_t j = 0; j <= i; ++j) {
        down[j] += weights[row][head][at.live[j]];
        along[i - j] += weights[row][head][at.live[j]];
      }
    }
    columns.emplace_back(n, false);
    for (const int64_t key : naive_lines(down, vertical, p.at("first"))) {
      columns.back()[key] = true;
    }
    blocks.emplace_back((n + 127) / 128, std::vector<bool>((n + 63) / 64, false));
    for (const int64_t distance : naive_lines(along, slash, p.at("last"))) {
      // The last block of queries counts as a whole one.
      for (int64_t i = distance; i < 128 * std::ssize(blocks.back()); ++i) {
        if (i - distance < n) blocks.back()[i / 128][(i - distance) / 64] = true;
      }
    }
  }
  return [columns, blocks](int64_t head, int64_t i, int64_t j) {
    return blocks[head][i / 128][j / 64] || columns[head][j];
  };
}

Outcome naive_minference(const Model& model, const Prompt& prompt, const Json& p) {
  return naive_sparse(model, prompt, p, naive_minference_pattern);
}

constexpr const char* kSmallMinference =
    R"({"vertical": 30, "slash": 50, "window": 8, "first": 3, "last": 44, "layers": [0, 3, 6]})";

TEST(MInference, EqualsTheReferenceForEveryShape) {
  for (const TinyShape& shape : tiny_shapes()) {
    expect_equals("minference", naive_minference, shape, kSmallMinference, 330);
  }
}

TEST(MInference, EqualsTheReferenceAtEveryLength) {
  for (const int64_t length : {1, 50, 51, 129, 193, 500}) {
    expect_equals("minference", naive_minference, tiny_llama(), kSmallMinference, length);
  }
}

TEST(MInference, EqualsTheReferenceAtTheEdgesOfItsParameters) {
  for (const char* params :
       {R"({"vertical": 30, "slash": 50, "window": 1, "first": 0, "last": 48, "layers": [2]})",
        R"({"vertical": 30, "slash": 70, "window": 300, "first": 30, "last": 100, "layers": [2]})",
        R"({"vertical": 290, "slash": 50, "window": 64, "first": 5, "last": 2, "layers": [2]})",
        R"({"vertical": 30, "slash": 50, "layers": []})", R"({"vertical": 300, "slash": 50})"}) {
    expect_equals("minference", naive_minference, tiny_llama(), params, 300);
    expect_equals("minference", naive_minference, tiny_shapes()[5], params, 300);
  }
}

// Heads of three pairs, one of which is dense by itself.
TEST(MInference, EqualsTheReferenceWithAPairAHead) {
  const char* const params =
      R"({"pairs": [[30, 50], [80, 60], [30, 600]], "last": 45, "window": 8, "layers": [0, 3, 7],
          "heads": ["abcabc", "aaaaaa", "aaaaaa", "bbbbba", "aaaaaa", "aaaaaa", "aaaaaa",
                    "cccccc"]})";
  for (const int64_t length : {40, 330, 600}) {
    expect_equals("minference", naive_minference, tiny_llama(), params, length);
  }
  expect_counts_pairs("minference", naive_minference_pattern, tiny_llama(), params, 400);
}

TEST(MInference, CountsThePairsOfColumnsAndDiagonalsOnce) {
  for (const int64_t length : {130, 333, 700}) {
    expect_counts_pairs("minference", naive_minference_pattern, tiny_llama(), kSmallMinference,
                        length);
    expect_counts_pairs("minference", naive_minference_pattern, tiny_shapes()[6], kSmallMinference,
                        length);
  }
}

TEST(MInference, RefusesWhatDoesNotFit) {
  EXPECT_EQ(first_problem("minference", R"({"last": 0})"), "last");
  EXPECT_EQ(first_problem("minference", R"({"vertical": 29})"), "vertical");
  EXPECT_EQ(first_problem("minference", R"({"slash": 49})"), "slash");
  EXPECT_EQ(first_problem("minference", R"({"heads": ["aa"]})"), "pairs");
  EXPECT_EQ(first_problem("minference", R"({"heads": ["ab"], "pairs": [[30, 50]]})"), "heads[0]");
  EXPECT_EQ(first_problem("minference", R"({"heads": ["aa"], "pairs": [[30, 40]]})"), "pairs[0]");
  EXPECT_EQ(first_problem("minference", R"({"layers": [2, 2]})"), "layers[1]");
  expect_refused("minference", R"({"layers": [7, 8]})");
  expect_refused("minference", R"({"heads": ["aaaaaa"], "pairs": [[30, 50]]})");
}

}  // namespace
}  // namespace skipbench::test
